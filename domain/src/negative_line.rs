//! 负面名单: the lines of an office's lists of penalties, whom a line names, and when it counts.

use chrono::{Months, NaiveDate};

use crate::eligibility::{Account, accounts_of, platform_key};
use crate::form::Answers;
use crate::notice::{Choice, Notice, Rule, RuleKind};
use crate::refusal::Violation;
use crate::text::{count_chars, fold, forbidden_char};

/// Longest name or id in a line, characters.
pub const NAME_CHARS: usize = 200;
/// Longest text of a line, characters.
pub const TEXT_CHARS: usize = 500;

/// One line as an office writes it. Names an operator, an account, or both; what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// 运营主体.
    pub operator: String,
    /// Name or key of the account's platform; empty: any.
    pub platform: String,
    /// 账号名称.
    pub account: String,
    /// The account's id or address.
    pub account_id: String,
    /// What the line says; for officers only.
    pub text: String,
    /// Its day; a line without one counts always.
    pub on: Option<NaiveDate>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Operator,
    Account,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Operator => "operator",
            Kind::Account => "account",
        }
    }
}

/// One way in which an entry or a line names somebody, folded for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameKey {
    pub kind: Kind,
    /// At most 190 characters.
    pub key: String,
    /// As written.
    pub name: String,
}

/// Every way in which an entry names its operator and its accounts, a matrix's children too.
#[must_use]
pub fn keys_of_entry(notice: &Notice, answers: &Answers) -> Vec<NameKey> {
    let operator = answers.text(&notice.form.operator_field);
    let accounts = accounts_of(notice, answers).into_iter();
    let mut keys: Vec<NameKey> = operator_key(operator.unwrap_or_default())
        .into_iter()
        .chain(accounts.flat_map(|account| {
            let other = !account.platform.is_empty() && !is_known(notice, account.platform);
            let platforms = [Some(account.platform), Some(ANY), other.then_some(OTHER)];
            account_keys(notice, platforms, account)
        }))
        .collect();
    keys.sort_by(|a, b| (a.kind, &a.key).cmp(&(b.kind, &b.key)));
    keys.dedup_by(|a, b| (a.kind, &a.key) == (b.kind, &b.key));
    keys
}

/// Every way in which a line names somebody. A platform that is left out, or that the notice calls otherwise, may be
/// any: a line that meets one entry too many is judged by a person, one that meets none is never seen.
#[must_use]
pub fn keys_of_line(notice: &Notice, line: &Line) -> Vec<NameKey> {
    let account = Account {
        platform: &line.platform,
        name: &line.account,
        id: &line.account_id,
    };
    let platforms = if is_known(notice, &line.platform) {
        [Some(account.platform), Some(OTHER), None]
    } else {
        [Some(ANY), None, None]
    };
    operator_key(&line.operator)
        .into_iter()
        .chain(account_keys(notice, platforms, account))
        .collect()
}

/// Stands for the platform in keys: of lines that leave it open, and of entries for such lines.
const ANY: &str = "*";
/// Of entries on a platform that the notice does not name, and of lines for such entries.
const OTHER: &str = "?";

fn is_known(notice: &Notice, platform: &str) -> bool {
    let key = platform_key(notice, platform);
    notice.platform.iter().any(|p| p.key == key)
}

fn account_keys(
    notice: &Notice,
    platforms: [Option<&str>; 3],
    account: Account<'_>,
) -> Vec<NameKey> {
    let on = |platform| Account {
        platform,
        ..account
    };
    let claims = platforms
        .into_iter()
        .flatten()
        .flat_map(|platform| on(platform).claims(notice));
    claims
        .map(|claim| NameKey {
            kind: Kind::Account,
            key: claim.key,
            name: claim.name,
        })
        .collect()
}

fn operator_key(name: &str) -> Option<NameKey> {
    let key: String = fold(name).chars().take(190).collect();
    (!key.is_empty()).then(|| NameKey {
        kind: Kind::Operator,
        key,
        name: name.to_owned(),
    })
}

/// Does a rule of the notice look at this list?
#[must_use]
pub fn is_asked(notice: &Notice, list: &str) -> bool {
    lists(notice).any(|asked| asked == list)
}

/// The lists that the notice's rules look at.
pub fn lists(notice: &Notice) -> impl Iterator<Item = &str> {
    notice.rule.iter().filter_map(|rule| match &rule.kind {
        RuleKind::NegativeList { list, .. } => Some(list.as_str()),
        _ => None,
    })
}

/// All that is wrong with a line, each fault at its field.
#[must_use]
pub fn check_line(notice: &Notice, line: &Line) -> Vec<Violation> {
    let names = [
        ("operator", &line.operator, NAME_CHARS),
        ("platform", &line.platform, 60),
        ("account", &line.account, NAME_CHARS),
        ("account_id", &line.account_id, NAME_CHARS),
        ("text", &line.text, TEXT_CHARS),
    ];
    let mut faults: Vec<Violation> = names
        .into_iter()
        .filter_map(|(field, text, max)| check_text(field, text, max))
        .collect();
    if line.text.trim().is_empty() {
        faults.push(fault("text", "field_missing", "缺少记录内容"));
    }
    if keys_of_line(notice, line).is_empty() {
        let message = "没有写明运营主体、账号名称或账号ID";
        faults.push(fault("operator", "field_missing", message));
    }
    faults
}

fn check_text(field: &str, text: &str, max: usize) -> Option<Violation> {
    if forbidden_char(text).is_some() {
        return Some(fault(field, "field_format", "含有不能使用的字符"));
    }
    let count = count_chars(text);
    (count > max).then(|| Violation {
        limit: Some(max.to_string()),
        value: Some(count.to_string()),
        ..fault(
            field,
            "field_too_long",
            &format!("最多{max}字，现有{count}字"),
        )
    })
}

fn fault(field: &str, code: &str, message: &str) -> Violation {
    Violation {
        field: field.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        ..Violation::default()
    }
}

/// A day as offices and spreadsheets write it: 2024-05-01, 2024/5/1, 2024.5.1, 2024年5月1日.
#[must_use]
pub fn day(written: &str) -> Option<NaiveDate> {
    let bare = written.trim().replace('日', "");
    let parts: Vec<&str> = bare.split(['-', '/', '.', '年', '月']).collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    if year.trim().len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(
        year.trim().parse().ok()?,
        month.trim().parse().ok()?,
        day.trim().parse().ok()?,
    )
}

/// Does a line of this day count in the period? Both ends are in it: 「在过去三年期间」.
#[must_use]
pub fn counts(years: Option<u32>, anchor: NaiveDate, on: Option<NaiveDate>) -> bool {
    let Some(on) = on else {
        return true;
    };
    let first = years.and_then(|y| anchor.checked_sub_months(Months::new(y.saturating_mul(12))));
    first.is_none_or(|first| first <= on) && on <= anchor
}

/// The rules of the notice that a line of this list and day meets in an entry.
pub fn rules_met<'a>(
    notice: &'a Notice,
    choice: &Choice,
    answers: &Answers,
    list: &str,
    on: Option<NaiveDate>,
) -> Vec<&'a Rule> {
    let meets = |rule: &&Rule| match &rule.kind {
        RuleKind::NegativeList {
            list: asked,
            years,
            anchor,
        } => asked == list && counts(*years, *anchor, on) && rule.when.holds(choice, answers),
        _ => false,
    };
    notice.rule.iter().filter(meets).collect()
}

#[cfg(test)]
mod tests;
