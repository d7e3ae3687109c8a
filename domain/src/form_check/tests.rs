use super::*;

const BOZHOU: &str = include_str!("../../../notices/bozhou-2022/notice.toml");

fn choice(subject: &str, category: &str) -> Choice {
    Choice {
        subject: subject.into(),
        category: category.into(),
        route: "county".into(),
    }
}

fn account() -> Choice {
    choice("account", "government")
}

fn text(value: &str) -> Answer {
    Answer::Text(value.into())
}

/// A notice whose form has one cell `cell` of this kind, and `more` lines in it.
fn with_cell(kind: &str) -> Notice {
    let mut notice = Notice::parse(BOZHOU).unwrap();
    let cell = format!("key = 'cell'\nlabel = '此栏'\nclause = '原文'\n{kind}");
    notice.form.field = vec![toml::from_str(&cell).unwrap()];
    notice
}

fn codes(notice: &Notice, choice: &Choice, given: &[(&str, Answer)], whole: bool) -> Vec<String> {
    let answers = Answers(
        given
            .iter()
            .map(|(k, a)| ((*k).to_owned(), a.clone()))
            .collect(),
    );
    let found = check_form(notice, choice, &answers, whole);
    found.into_iter().map(|f| f.violation.code).collect()
}

#[test]
fn every_kind_of_cell_takes_what_it_should_on_both_sides_of_its_limit() {
    let long = "kind = 'long_text'\nmax_chars = 1500";
    let line = "kind = 'text'\nmax_chars = 3";
    let number = "kind = 'integer'\nmin = 1\nmax = 9";
    let choice_of = "kind = 'choice'\noptions = [{ key = 'a', label = '甲' }]";
    let n = Answer::Number;
    for (kind, answer, fault) in [
        (long, text(&"字".repeat(1500)), None),
        (long, text(&"字".repeat(1501)), Some("text_too_long")),
        (long, text(&"😀".repeat(1500)), None),
        (long, text(&"😀".repeat(1501)), Some("text_too_long")),
        (long, text(&"字\r\n".repeat(750)), None),
        (long, text(&format!("  {}\n", "字".repeat(1500))), None),
        (long, text("不\u{0}可"), Some("char_forbidden")),
        (long, text("不\u{202E}可"), Some("char_forbidden")),
        (long, n(1), Some("field_format")),
        (line, text("三个字"), None),
        (line, text("四个字了"), Some("text_too_long")),
        (line, text("两\n行"), Some("field_format")),
        (number, n(1), None),
        (number, n(0), Some("number_small")),
        (number, n(9), None),
        (number, n(10), Some("number_large")),
        (number, text("5"), Some("field_format")),
        ("kind = 'percent'", n(10_000), None),
        ("kind = 'percent'", n(10_001), Some("number_large")),
        ("kind = 'percent'", n(0), None),
        ("kind = 'percent'", n(-1), Some("number_small")),
        ("kind = 'date'", text("2024-02-29"), None),
        ("kind = 'date'", text("2023-02-29"), Some("field_format")),
        ("kind = 'date'", text("2022-5-3"), Some("field_format")),
        (choice_of, text("a"), None),
        (choice_of, text("甲"), Some("field_format")),
        ("kind = 'platform'", text("douyin"), None),
        ("kind = 'platform'", text("小红书"), None),
        ("kind = 'region'", text("341602"), None),
        ("kind = 'region'", text("341702"), Some("field_format")),
        ("kind = 'region'", text("3416ab"), Some("field_format")),
        ("kind = 'telephone'", text("0558-5550000转12"), None),
        ("kind = 'telephone'", text("12345"), Some("field_format")),
        ("kind = 'mobile'", text("13800138000"), None),
        ("kind = 'mobile'", text("12800138000"), Some("field_format")),
        ("kind = 'mobile'", text("1380013800"), Some("field_format")),
        ("kind = 'email'", text("a.b@example.gov.cn"), None),
        ("kind = 'email'", text("a@b"), Some("field_format")),
        ("kind = 'email'", text("a@.cn"), Some("field_format")),
        ("kind = 'postcode'", text("236800"), None),
        ("kind = 'postcode'", text("23680"), Some("field_format")),
        ("kind = 'address'", text("https://example.cn/u/1"), None),
        ("kind = 'address'", text("a\nb"), Some("field_format")),
        ("kind = 'credit_code'", text("91350100M000100Y43"), None),
        (
            "kind = 'credit_code'",
            text("91350100M000100Y44"),
            Some("field_format"),
        ),
        (
            "kind = 'credit_code'",
            text("91350100M000100Y4"),
            Some("field_format"),
        ),
        ("kind = 'children_followers'", n(5), None),
        (
            "kind = 'children_followers'",
            text("5"),
            Some("field_format"),
        ),
    ] {
        let found = codes(
            &with_cell(kind),
            &account(),
            &[("cell", answer.clone())],
            true,
        );
        let expected: Vec<&str> = fault.into_iter().collect();
        assert_eq!(found, expected, "{kind} {answer:?}");
    }
}

#[test]
fn the_accounts_of_a_matrix_are_whole_and_written_once() {
    let notice = with_cell("kind = 'children'\nmax = 3");
    let child = |platform: &str, id: &str, followers| Child {
        name: "号".into(),
        platform: platform.into(),
        account_id: id.into(),
        followers,
    };
    for (list, fault) in [
        (
            vec![child("douyin", "a1", 0), child("weibo", "a1", 0)],
            None,
        ),
        (vec![child("douyin", "a1", -1)], Some("field_format")),
        (vec![child("douyin", " ", 0)], Some("field_format")),
        (vec![child("", "a1", 0)], Some("field_format")),
        (
            vec![child("douyin", "a1", 0), child("抖音", "Ａ1", 0)],
            Some("duplicate"),
        ),
        (
            (0..3).map(|i| child("weibo", &i.to_string(), 0)).collect(),
            None,
        ),
        (
            (0..4).map(|i| child("weibo", &i.to_string(), 0)).collect(),
            Some("too_many"),
        ),
    ] {
        let found = codes(
            &notice,
            &account(),
            &[("cell", Answer::Children(list.clone()))],
            true,
        );
        let expected: Vec<&str> = fault.into_iter().collect();
        assert_eq!(found, expected, "{list:?}");
    }
}

#[test]
fn filing_numbers_are_for_websites_only() {
    let notice = Notice::parse(BOZHOU).unwrap();
    let given = [("record_number", text("皖ICP备1号"))];
    let asked = |subject: &str, given: &[(&str, Answer)], whole| {
        let answers = Answers(
            given
                .iter()
                .map(|(k, a)| ((*k).to_owned(), a.clone()))
                .collect(),
        );
        let found = check_form(&notice, &choice(subject, "government"), &answers, whole);
        let mine = found.into_iter().filter(|f| f.rule == "record_number");
        mine.map(|f| f.violation.code).collect::<Vec<_>>()
    };
    assert_eq!(asked("account", &given, true), ["field_not_asked"]);
    assert_eq!(
        asked("account", &[("record_number", text(" "))], true),
        [""; 0]
    );
    assert_eq!(asked("account", &[], true), [""; 0]);
    assert_eq!(asked("website", &given, true), [""; 0]);
    assert_eq!(asked("website", &[], true), ["field_missing"]);
    assert_eq!(
        asked("website", &[], false),
        [""; 0],
        "a draft may be unfinished"
    );
}

#[test]
fn a_cell_that_the_form_lacks_is_refused_even_in_a_draft() {
    let notice = Notice::parse(BOZHOU).unwrap();
    assert_eq!(
        codes(&notice, &account(), &[("x", text("y"))], false),
        ["field_unknown"]
    );
}

#[test]
fn the_other_category_is_written_out() {
    let notice = with_cell("kind = 'text'\nrequired = false");
    let other = choice("account", "other");
    let run = |choice: &Choice, answer: Option<Answer>, whole| {
        let given: Vec<_> = answer.into_iter().map(|a| (CATEGORY_OTHER, a)).collect();
        codes(&notice, choice, &given, whole)
    };
    assert_eq!(run(&other, None, true), ["field_missing"]);
    assert_eq!(run(&other, None, false), [""; 0]);
    assert_eq!(run(&other, Some(text("公益类")), true), [""; 0]);
    assert_eq!(run(&other, Some(text(&"字".repeat(50))), true), [""; 0]);
    assert_eq!(
        run(&other, Some(text(&"字".repeat(51))), true),
        ["text_too_long"]
    );
    assert_eq!(
        run(&other, Some(text("a\u{202E}b")), true),
        ["char_forbidden"]
    );
    assert_eq!(run(&other, Some(Answer::Number(1)), true), ["field_format"]);
    assert_eq!(
        run(&account(), Some(text("公益类")), true),
        ["field_not_asked"]
    );
}

#[test]
fn answers_are_stored_tidy_and_sums_are_never_typed() {
    let mut notice = with_cell("kind = 'credit_code'");
    for (key, kind) in [
        ("phone", "mobile"),
        ("list", "children"),
        ("sum", "children_followers"),
    ] {
        let field = format!("key = '{key}'\nlabel = '{key}'\nkind = '{kind}'");
        notice.form.field.push(toml::from_str(&field).unwrap());
    }
    let child = |followers| Child {
        name: " 号 ".into(),
        platform: "douyin".into(),
        account_id: "a".into(),
        followers,
    };
    let typed = Answers(
        [
            ("cell", text("91350100m000100y43 ")),
            ("phone", text("１３８００１３８０００")),
            ("list", Answer::Children(vec![child(7), child(5)])),
            ("sum", Answer::Number(999)),
            ("empty", text("  ")),
        ]
        .map(|(k, a)| (k.to_owned(), a))
        .into(),
    );
    let kept = tidy_answers(&notice, &account(), typed);
    assert_eq!(kept.text("cell"), Some("91350100M000100Y43"));
    assert_eq!(kept.text("phone"), Some("13800138000"));
    assert_eq!(kept.children("list")[0].name, "号");
    assert_eq!(kept.number("sum"), Some(12));
    assert_eq!(kept.text("empty"), None);
}
