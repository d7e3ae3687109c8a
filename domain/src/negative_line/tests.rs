use super::*;
use crate::form::Answer;

fn pack() -> Notice {
    let text = include_str!("../../../notices/shanxi-2024/notice.toml");
    Notice::parse(text).unwrap()
}

fn line() -> Line {
    Line {
        text: "约谈".into(),
        ..Line::default()
    }
}

fn keys(line: &Line) -> Vec<String> {
    keys_of_line(&pack(), line)
        .into_iter()
        .map(|k| k.key)
        .collect()
}

#[test]
fn a_line_names_an_operator_however_it_is_spaced() {
    let line = Line {
        operator: "山西　某 传媒ＡＢＣ".into(),
        ..line()
    };
    assert_eq!(keys(&line), ["山西某传媒abc"]);
}

/// Does a line on one platform meet an entry on another, both named 太原发布?
fn meet(line_on: &str, entry_on: &str) -> bool {
    let notice = pack();
    let form = &notice.form;
    let text = |t: &str| Answer::Text(t.into());
    let mut answers = Answers::default();
    answers.0.insert(form.name_field.clone(), text("太原 发布"));
    let platform = form.platform_field.clone().unwrap();
    answers.0.insert(platform, text(entry_on));
    let line = Line {
        platform: line_on.into(),
        account: "太原发布".into(),
        ..line()
    };
    let entry = keys_of_entry(&notice, &answers);
    let line = keys(&line);
    entry.iter().any(|k| line.contains(&k.key))
}

#[test]
fn an_account_is_met_on_its_platform_and_wherever_the_platform_is_unclear() {
    for (line, entry, met) in [
        ("抖音", "douyin", true),
        ("douyin", "抖音", true),
        ("微信公众号", "douyin", false),
        ("", "douyin", true),
        ("", "快手", true),
        ("", "", true),
        ("快手", "快手", true),
        ("快手", "douyin", true),
        ("抖音", "抖音短视频", true),
        ("抖音", "", false),
    ] {
        assert_eq!(meet(line, entry), met, "{line:?} {entry:?}");
    }
}

#[test]
fn every_fault_of_a_line_is_told_at_its_field() {
    let notice = pack();
    let told = |line: &Line| {
        let faults = check_line(&notice, line).into_iter();
        faults
            .map(|f| format!("{} {}", f.field, f.code))
            .collect::<Vec<_>>()
    };
    let sound = Line {
        operator: "某单位".into(),
        ..line()
    };
    assert_eq!(told(&sound), [""; 0]);
    assert_eq!(
        told(&Line::default()),
        ["text field_missing", "operator field_missing"]
    );
    let no_id = Line {
        account_id: "无".into(),
        ..line()
    };
    assert_eq!(told(&no_id), ["operator field_missing"]);
    let long = Line {
        operator: "长".repeat(201),
        text: "文".repeat(501),
        platform: "\u{202E}".into(),
        ..line()
    };
    assert_eq!(
        told(&long),
        [
            "operator field_too_long",
            "platform field_format",
            "text field_too_long"
        ]
    );
    let full = Line {
        operator: "长".repeat(200),
        text: "文".repeat(500),
        ..line()
    };
    assert_eq!(told(&full), [""; 0]);
}

#[test]
fn days_are_read_as_offices_write_them() {
    let first_of_may = NaiveDate::from_ymd_opt(2024, 5, 1);
    for written in [
        "2024-05-01",
        "2024/5/1",
        " 2024.5.1 ",
        "2024年5月1日",
        "2024年05月01日",
    ] {
        assert_eq!(day(written), first_of_may, "{written}");
    }
    for wrong in [
        "",
        "24-5-1",
        "2024-02-30",
        "2024-5",
        "去年",
        "45413",
        "2024-5-1-2",
    ] {
        assert_eq!(day(wrong), None, "{wrong}");
    }
}
