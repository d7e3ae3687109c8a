//! 填写 against the form: every field, all faults at once.

use chrono::NaiveDate;

use crate::agency::region_covers;
use crate::finding::Finding;
use crate::form::{Answer, Answers, Child};
use crate::notice::{Choice, Field, FieldKind, Notice};
use crate::text::{count_chars, fold, forbidden_char, tidy};

/// Key under which the kind is written out for a category that asks for it (“其他”请注明).
pub const CATEGORY_OTHER: &str = "category_other";

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
            Some(_) if !asked => {
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
    let category = notice.category.iter().find(|c| c.key == choice.category);
    if whole
        && category.is_some_and(|c| c.needs_text)
        && answers
            .text(CATEGORY_OTHER)
            .is_none_or(|t| t.trim().is_empty())
    {
        let clause = category.and_then(|c| c.clause.as_deref());
        findings.push(
            Finding::block(
                CATEGORY_OTHER,
                CATEGORY_OTHER,
                "field_missing",
                "请注明“其他”的具体类型",
            )
            .clause(clause),
        );
    }
    findings
}

/// Puts answers into the form in which they are stored; drops empty ones.
#[must_use]
pub fn tidy_answers(notice: &Notice, choice: &Choice, answers: Answers) -> Answers {
    let mut kept = Answers::default();
    for (key, answer) in answers.0 {
        let answer = match answer {
            Answer::Text(text) => Answer::Text(tidy(&text)),
            other => other,
        };
        if !is_empty(&answer) {
            kept.0.insert(key, answer);
        }
    }
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
        (FieldKind::Children { max }, Answer::Children(list)) => children(field, list, *max),
        (FieldKind::Integer { .. } | FieldKind::Percent | FieldKind::ChildrenFollowers, _) => {
            wrong("应填数字")
        }
        (FieldKind::Children { .. }, _) => wrong("应逐个填写账号"),
        (_, Answer::Text(text)) => check_text(notice, field, text),
        _ => wrong("应填文字"),
    }
}

fn number(field: &Field, n: i64, min: i64, max: Option<i64>) -> Vec<Finding> {
    let shown = |n: i64| {
        if field.kind == FieldKind::Percent {
            n / 100
        } else {
            n
        }
    };
    if n < min {
        return vec![of(field, "number_small", "数值过小").limit(shown(min), shown(n))];
    }
    match max {
        Some(max) if n > max => {
            vec![of(field, "number_large", "数值过大").limit(shown(max), shown(n))]
        }
        _ => vec![],
    }
}

fn children(field: &Field, list: &[Child], max: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    if list.len() > max as usize {
        findings.push(of(field, "too_many", "账号过多").limit(max, list.len()));
    }
    let mut seen = std::collections::BTreeSet::new();
    for child in list {
        let texts = [&child.name, &child.platform, &child.account_id];
        if texts
            .iter()
            .any(|t| t.trim().is_empty() || count_chars(t) > 100 || forbidden_char(t).is_some())
            || child.followers < 0
        {
            findings.push(of(
                field,
                "field_format",
                "每个账号须写明名称、平台、账号ID和粉丝数量",
            ));
        } else if !seen.insert((fold(&child.platform), fold(&child.account_id))) {
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
        FieldKind::Date => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .is_err()
            .then_some("应填日期，如2022-05-23"),
        FieldKind::Choice { options } => {
            (!options.iter().any(|o| o.key == text)).then_some("请从选项中选择")
        }
        FieldKind::Region => {
            (!region_covers(&notice.region, text)).then_some("所在地区不在本次推选范围内")
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
mod tests {
    use super::*;

    #[test]
    fn credit_codes_are_checked_by_their_last_character() {
        assert!(is_credit_code("91350100M000100Y43"));
        assert!(!is_credit_code("91350100M000100Y44"));
        assert!(!is_credit_code("91350100M000100Y4"));
    }

    #[test]
    fn phones_and_mail_are_told_apart() {
        assert!(is_mobile("13800138000") && !is_mobile("12800138000") && !is_mobile("1380013800"));
        assert!(is_telephone("0558-5550000") && !is_telephone("no"));
        assert!(is_email("a.b@example.gov.cn") && !is_email("a@b") && !is_email("a@.cn"));
    }
}
