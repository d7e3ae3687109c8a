//! 填写 against the form: every field, all faults at once.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use crate::agency::region_covers;
use crate::eligibility::{account_key, platform_key};
use crate::finding::Finding;
use crate::form::{Answer, Answers, Child};
use crate::notice::{Choice, Field, FieldKind, Notice};
use crate::refusal::Violation;
use crate::text::{count_chars, forbidden_char, percent, tidy};

/// Key under which the kind is written out for a category that asks for it (“其他”请注明).
pub const CATEGORY_OTHER: &str = "category_other";
const CATEGORY_OTHER_CHARS: usize = 50;

/// Checks what is written. A draft may be unfinished: `whole` also asks for what is missing.
#[must_use]
pub fn check_form(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    whole: bool,
) -> Vec<Finding> {
    let mut findings = unknown_fields(notice, answers);
    for field in &notice.form.field {
        let asked = field.when.holds(choice, answers);
        match answers.0.get(&field.key) {
            Some(answer) if !asked && !is_empty(answer) => {
                findings.push(of(field, "field_not_asked", "此项不需要填写，请清空"))
            }
            Some(answer) if !is_empty(answer) => {
                findings.extend(check_answer(notice, field, answer))
            }
            _ if whole && asked && field.required => {
                findings.push(of(field, "field_missing", "此项必填"))
            }
            _ => {}
        }
    }
    findings.extend(check_category_text(notice, choice, answers, whole));
    findings
}

/// Checks cells outside the form, those of a list; faults are named after their place.
pub(crate) fn check_cells(
    notice: &Notice,
    fields: &[Field],
    answers: &Answers,
    whole: bool,
    place: &str,
) -> Vec<Violation> {
    let unknown = answers
        .0
        .keys()
        .filter(|k| !fields.iter().any(|f| f.key == **k));
    let mut findings: Vec<Finding> = unknown
        .map(|k| Finding::block(k, k, "field_unknown", "表中没有此项"))
        .collect();
    for field in fields {
        match answers.0.get(&field.key).filter(|a| !is_empty(a)) {
            Some(answer) => findings.extend(check_answer(notice, field, answer)),
            None if whole && field.required => {
                findings.push(of(field, "field_missing", "此项必填"));
            }
            None => {}
        }
    }
    let placed = |f: Finding| Violation {
        field: format!("{place}{}", f.violation.field),
        ..f.violation
    };
    findings.into_iter().map(placed).collect()
}

/// 「“其他”请在括弧内注明具体类型」: asked in such a category only, one short line.
fn check_category_text(
    notice: &Notice,
    choice: &Choice,
    answers: &Answers,
    whole: bool,
) -> Option<Finding> {
    let category = notice.category.iter().find(|c| c.key == choice.category)?;
    let wrong = |code: &str, message: &str| {
        Finding::block(CATEGORY_OTHER, CATEGORY_OTHER, code, message)
            .clause(category.clause.as_deref())
    };
    match answers.0.get(CATEGORY_OTHER).filter(|a| !is_empty(a)) {
        None => {
            (whole && category.needs_text).then(|| wrong("field_missing", "请注明“其他”的具体类型"))
        }
        Some(_) if !category.needs_text => Some(wrong(
            "field_not_asked",
            "所选类别不需要注明具体类型，请清空",
        )),
        Some(Answer::Text(text)) if count_chars(text) > CATEGORY_OTHER_CHARS => Some(
            wrong("text_too_long", "具体类型不能超过50字")
                .limit(CATEGORY_OTHER_CHARS, count_chars(text)),
        ),
        Some(Answer::Text(text)) if forbidden_char(text).is_some() => Some(wrong(
            "char_forbidden",
            "含有不可见的控制字符，请删除后重填",
        )),
        Some(Answer::Text(_)) => None,
        Some(_) => Some(wrong("field_format", "应填文字")),
    }
}

/// Puts answers into the form in which they are stored; drops empty ones.
#[must_use]
pub fn tidy_answers(notice: &Notice, choice: &Choice, answers: Answers) -> Answers {
    let mut kept = tidy_cells(&notice.form.field, answers);
    for field in notice
        .form
        .field
        .iter()
        .filter(|f| f.kind == FieldKind::ChildrenFollowers)
    {
        kept.0.remove(&field.key);
        if field.when.holds(choice, &kept) {
            kept.0
                .insert(field.key.clone(), Answer::Number(followers(notice, &kept)));
        }
    }
    kept
}

/// Puts cells into the form in which they are stored; drops empty ones.
#[must_use]
pub fn tidy_cells(fields: &[Field], answers: Answers) -> Answers {
    let tidied = answers.0.into_iter().filter_map(|(key, answer)| {
        let answer = match answer {
            Answer::Text(text) => Answer::Text(tidy_text(fields, &key, &text)),
            Answer::Children(list) => Answer::Children(list.into_iter().map(tidy_child).collect()),
            number => number,
        };
        (!is_empty(&answer)).then_some((key, answer))
    });
    Answers(tidied.collect())
}

/// Codes and numbers typed in full width (１３８) are meant as plain ones; a credit code is upper case.
fn tidy_text(fields: &[Field], key: &str, text: &str) -> String {
    use FieldKind::{CreditCode, Date, Email, Mobile, Postcode, Region, Telephone};
    let field = fields.iter().find(|f| f.key == key);
    match field.map(|f| &f.kind) {
        Some(CreditCode) => narrow(&tidy(text)).to_uppercase(),
        Some(Date | Email | Mobile | Postcode | Region | Telephone) => narrow(&tidy(text)),
        _ => tidy(text),
    }
}

fn narrow(text: &str) -> String {
    text.nfkc().collect()
}

fn tidy_child(child: Child) -> Child {
    Child {
        name: tidy(&child.name),
        platform: tidy(&child.platform),
        account_id: tidy(&child.account_id),
        followers: child.followers,
    }
}

/// 粉丝量总和 over every list of accounts in the form.
fn followers(notice: &Notice, answers: &Answers) -> i64 {
    let lists = notice
        .form
        .field
        .iter()
        .filter(|f| matches!(f.kind, FieldKind::Children { .. }));
    lists
        .flat_map(|f| answers.children(&f.key))
        .fold(0, |sum, c| sum.saturating_add(c.followers))
}

fn unknown_fields(notice: &Notice, answers: &Answers) -> Vec<Finding> {
    let known = |key: &str| key == CATEGORY_OTHER || notice.form.field.iter().any(|f| f.key == key);
    let unknown = answers.0.keys().filter(|k| !known(k));
    unknown
        .map(|k| Finding::block(k, k, "field_unknown", "申报表中没有此项"))
        .collect()
}

fn is_empty(answer: &Answer) -> bool {
    match answer {
        Answer::Text(text) => text.trim().is_empty(),
        Answer::Children(list) => list.is_empty(),
        Answer::Number(_) => false,
    }
}

fn of(field: &Field, code: &str, message: &str) -> Finding {
    Finding::block(
        &field.key,
        &field.key,
        code,
        format!("{}：{message}", field.label),
    )
    .clause(field.clause.as_deref())
}

fn check_answer(notice: &Notice, field: &Field, answer: &Answer) -> Vec<Finding> {
    let wrong = |message: &str| vec![of(field, "field_format", message)];
    match (&field.kind, answer) {
        (FieldKind::Integer { min, max }, Answer::Number(n)) => number(field, *n, *min, *max),
        (FieldKind::Percent, Answer::Number(n)) => number(field, *n, 0, Some(10_000)),
        (FieldKind::ChildrenFollowers, Answer::Number(_)) => vec![],
        (FieldKind::Children { max }, Answer::Children(list)) => {
            children(notice, field, list, *max)
        }
        (FieldKind::Integer { .. } | FieldKind::Percent | FieldKind::ChildrenFollowers, _) => {
            wrong("应填数字")
        }
        (FieldKind::Children { .. }, _) => wrong("应逐个填写账号"),
        (_, Answer::Text(text)) => check_text(notice, field, text),
        _ => wrong("应填文字"),
    }
}

fn number(field: &Field, n: i64, min: i64, max: Option<i64>) -> Vec<Finding> {
    let shown = |n: i64| match field.kind {
        FieldKind::Percent => percent(n),
        _ => n.to_string(),
    };
    if n < min {
        let message = format!("现为{}，不能小于{}", shown(n), shown(min));
        return vec![of(field, "number_small", &message).limit(shown(min), shown(n))];
    }
    match max {
        Some(max) if n > max => {
            let message = format!("现为{}，不能大于{}", shown(n), shown(max));
            vec![of(field, "number_large", &message).limit(shown(max), shown(n))]
        }
        _ => vec![],
    }
}

fn children(notice: &Notice, field: &Field, list: &[Child], max: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    if list.len() > max as usize {
        let message = format!("最多{max}个账号，现有{}个", list.len());
        findings.push(of(field, "too_many", &message).limit(max, list.len()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (at, child) in list.iter().enumerate() {
        let texts = [&child.name, &child.platform, &child.account_id];
        if texts
            .iter()
            .any(|t| t.trim().is_empty() || count_chars(t) > 100 || forbidden_char(t).is_some())
            || child.followers < 0
        {
            findings.push(of(
                field,
                "field_format",
                &format!("第{}个账号须写明名称、平台、账号ID和粉丝数量", at + 1),
            ));
        } else if !seen.insert((
            platform_key(notice, &child.platform),
            account_key(&child.account_id),
        )) {
            findings.push(of(
                field,
                "duplicate",
                &format!("账号“{}”重复填写", child.name),
            ));
        }
    }
    findings
}

fn check_text(notice: &Notice, field: &Field, text: &str) -> Vec<Finding> {
    if forbidden_char(text).is_some() {
        return vec![of(
            field,
            "char_forbidden",
            "含有不可见的控制字符，请删除后重填",
        )];
    }
    let count = count_chars(text);
    let longest = match field.kind {
        FieldKind::Text { max_chars } | FieldKind::LongText { max_chars } => max_chars as usize,
        _ => 300,
    };
    if count > longest {
        return vec![
            of(
                field,
                "text_too_long",
                &format!("现有{count}字，不能超过{longest}字"),
            )
            .limit(longest, count),
        ];
    }
    let fault = match &field.kind {
        FieldKind::Text { .. } | FieldKind::Address | FieldKind::Platform => {
            tidy(text).contains('\n').then_some("应写成一行")
        }
        FieldKind::Date => (!is_date(text)).then_some("应填日期，如2022-05-23"),
        FieldKind::Choice { options } => {
            (!options.iter().any(|o| o.key == text)).then_some("请从选项中选择")
        }
        FieldKind::Region => {
            let inside = is_digits(text, 6) && region_covers(&notice.region, text);
            (!inside).then_some("所在地区不在本次推选范围内")
        }
        FieldKind::Telephone => (!is_telephone(text)).then_some("电话号码有误"),
        FieldKind::Mobile => (!is_mobile(text)).then_some("手机号码应为11位数字"),
        FieldKind::Email => (!is_email(text)).then_some("电子邮箱有误"),
        FieldKind::Postcode => (!is_digits(text, 6)).then_some("邮政编码应为6位数字"),
        FieldKind::CreditCode => (!is_credit_code(text)).then_some("统一社会信用代码有误，请核对"),
        _ => None,
    };
    fault
        .map(|message| of(field, "field_format", message))
        .into_iter()
        .collect()
}

/// A day of the calendar, written out in full: `2022-5-3` is not one.
fn is_date(text: &str) -> bool {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    day.is_ok_and(|day| day.format("%Y-%m-%d").to_string() == text)
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit())
}

/// A mainland mobile number.
#[must_use]
pub fn is_mobile(text: &str) -> bool {
    is_digits(text, 11)
        && text.starts_with('1')
        && !matches!(text.as_bytes()[1], b'0' | b'1' | b'2')
}

fn is_telephone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (7..=16).contains(&digits)
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "-()（） +转".contains(c))
}

fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    let sound = |s: &str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._%+-".contains(c))
    };
    sound(name)
        && sound(host)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains("..")
}

/// GB 32100-2015: 17 characters and one check character, weights 3^i mod 31.
fn is_credit_code(text: &str) -> bool {
    const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let values: Vec<usize> = text.chars().filter_map(|c| LETTERS.find(c)).collect();
    if values.len() != 18 || text.chars().count() != 18 {
        return false;
    }
    let (mut weight, mut sum) = (1, 0);
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    (31 - sum % 31) % 31 == values[17]
}

#[cfg(test)]
mod tests;
