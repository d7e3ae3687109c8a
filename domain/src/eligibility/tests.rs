use super::*;
use crate::form::{Answer, Child};

fn pack(name: &str) -> Notice {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../notices");
    let text = std::fs::read_to_string(format!("{folder}/{name}/notice.toml")).unwrap();
    Notice::parse(&text).unwrap()
}

/// A notice with one rule, written as a pack writes it.
fn with_rule(pack_name: &str, rule: &str) -> Notice {
    let mut notice = pack(pack_name);
    notice.rule = vec![toml::from_str(rule).unwrap()];
    notice
}

fn choice(subject: &str, category: &str) -> Choice {
    Choice {
        subject: subject.into(),
        category: category.into(),
        route: "self".into(),
    }
}

fn account() -> Choice {
    choice("account", "government")
}

fn matrix() -> Choice {
    choice("matrix", "matrix")
}

fn text(value: &str) -> Answer {
    Answer::Text(value.into())
}

fn answers(given: &[(&str, Answer)]) -> Answers {
    Answers(
        given
            .iter()
            .map(|(k, a)| ((*k).to_owned(), a.clone()))
            .collect(),
    )
}

fn child(name: &str, platform: &str, id: &str) -> Child {
    Child {
        name: name.into(),
        platform: platform.into(),
        account_id: id.into(),
        followers: 1,
    }
}

fn check(notice: &Notice, choice: &Choice, answers: &Answers, facts: &Facts) -> Vec<Finding> {
    check_rules(notice, choice, answers, &[], facts)
}

fn messages(found: &[Finding]) -> Vec<&str> {
    found.iter().map(|f| f.violation.message.as_str()).collect()
}

#[test]
fn limits_are_in_unless_written_out() {
    let at_least = "kind = 'at_least'\nfield = 'followers'\nmin = 10000";
    let at_most = "kind = 'at_most'\nfield = 'followers'\nmax = 10000";
    for (rule, inclusive, n, holds) in [
        (at_least, true, 10_000, true),
        (at_least, true, 9_999, false),
        (at_least, false, 10_000, false),
        (at_least, false, 10_001, true),
        (at_least, true, i64::MIN, false),
        (at_most, true, 10_000, true),
        (at_most, true, 10_001, false),
        (at_most, false, 10_000, false),
        (at_most, false, 9_999, true),
        (at_most, true, i64::MIN, true),
    ] {
        let rule = format!("key = 'followers'\nclause = '1万'\ninclusive = {inclusive}\n{rule}");
        let notice = with_rule("shanxi-2024", &rule);
        let found = check(
            &notice,
            &account(),
            &answers(&[("followers", Answer::Number(n))]),
            &Facts::default(),
        );
        assert_eq!(found.is_empty(), holds, "{rule} {n}");
    }
}

#[test]
fn shanxi_asks_for_ten_thousand_followers_and_sixty_per_cent() {
    let notice = pack("shanxi-2024");
    let run = |followers, original| {
        let written = answers(&[
            ("followers", Answer::Number(followers)),
            ("original_share", Answer::Number(original)),
        ]);
        check(&notice, &account(), &written, &Facts::default())
    };
    assert_eq!(run(10_000, 6_000), []);
    let found = run(9_999, 5_999);
    assert_eq!(
        messages(&found),
        [
            "粉丝数量为9999，未达到10000",
            "原创作品占比为59.99%，未达到60%"
        ]
    );
    assert_eq!(
        found[0].violation.clause.as_deref(),
        Some("粉丝量达到1万以上")
    );
    assert_eq!(found[1].violation.limit.as_deref(), Some("60%"));
}

#[test]
fn shaanxi_floors_stand_by_platform_and_level() {
    let mut notice = pack("shaanxi-universities-2024");
    notice.rule.retain(|r| r.key == "followers");
    let category = choice("account", "university");
    for (platform, level, floor) in [
        ("wechat", "province", 20_000),
        ("微信", "province", 20_000),
        ("wechat", "city", 10_000),
        ("douyin", "province", 100_000),
        ("weibo", "city", 50_000),
        ("kuaishou", "city", 50_000),
        ("bilibili", "province", 10_000),
        ("小红书", "city", 10_000),
    ] {
        let run = |n| {
            let written = answers(&[
                ("followers", Answer::Number(n)),
                ("platform", text(platform)),
                ("level", text(level)),
            ]);
            check(&notice, &category, &written, &Facts::default())
        };
        assert_eq!(run(floor), [], "{platform} {level}");
        let found = run(floor - 1);
        assert_eq!(found.len(), 1, "{platform} {level}");
        assert_eq!(found[0].effect, Effect::Block);
        assert_eq!(found[0].violation.limit, Some(floor.to_string()));
        assert!(found[0].violation.clause.is_some());
    }
    let unclear = answers(&[
        ("followers", Answer::Number(1)),
        ("platform", text("wechat")),
    ]);
    let found = check(&notice, &category, &unclear, &Facts::default());
    assert_eq!(found[0].effect, Effect::Ask, "no level: a person decides");
}

#[test]
fn an_open_list_of_platforms_never_refuses() {
    for (open, effect, expected) in [
        (true, "block", Effect::Warn),
        (true, "ask", Effect::Ask),
        (false, "block", Effect::Block),
    ] {
        let rule = format!(
            "key = 'p'\nkind = 'platform_named'\nfield = 'platform'\nopen = {open}\neffect = '{effect}'\nclause = '等平台'"
        );
        let notice = with_rule("bozhou-2022", &rule);
        let run = |p| {
            check(
                &notice,
                &account(),
                &answers(&[("platform", text(p))]),
                &Facts::default(),
            )
        };
        assert_eq!(run("小红书")[0].effect, expected);
        for named in ["douyin", "抖音", "Ｂ站"] {
            assert_eq!(run(named), [], "{named}");
        }
    }
}

#[test]
fn a_matrix_has_five_accounts_and_its_name_says_so() {
    let notice = pack("shanxi-2024");
    let run = |name: &str, count: usize| {
        let children = (0..count).map(|i| child(&format!("号{i}"), "douyin", &format!("id{i}")));
        let written = answers(&[
            ("name", text(name)),
            ("children", Answer::Children(children.collect())),
        ]);
        let found = check(&notice, &matrix(), &written, &Facts::default());
        found.into_iter().map(|f| f.rule).collect::<Vec<_>>()
    };
    assert_eq!(run("太原新媒体传播矩阵", 5), [""; 0]);
    assert_eq!(run("太原新媒体传播矩阵", 4), ["matrix-size"]);
    assert_eq!(run("太原新媒体矩阵", 5), ["matrix-name"]);
    assert_eq!(run("新媒体传播矩阵", 5), ["matrix-name"]);
}

#[test]
fn an_occupied_account_is_told_once_at_the_cell_that_names_it() {
    let notice = pack("shanxi-2024");
    let facts = Facts {
        occupied: vec!["太原发布".into(), "太原发布".into()],
        ..Facts::default()
    };
    for (choice, field) in [(account(), "name"), (matrix(), "children")] {
        let found = check(&notice, &choice, &Answers::default(), &facts);
        let mine: Vec<_> = found
            .iter()
            .filter(|f| f.rule == "matrix-exclusive")
            .collect();
        assert_eq!(mine.len(), 1);
        assert_eq!(mine[0].violation.field, field);
    }
    let notice = pack("bozhou-2022");
    let found = check(&notice, &account(), &Answers::default(), &facts);
    let mine: Vec<_> = found.iter().filter(|f| f.rule == "one-route").collect();
    assert_eq!(mine.len(), 1);
    assert_eq!(
        mine[0].violation.clause.as_deref(),
        Some("各账号只通过一种途径申报")
    );
}

#[test]
fn claims_meet_in_either_order_whatever_the_spelling() {
    let notice = pack("shanxi-2024");
    let single = |name: &str, platform: &str, id: &str| {
        let written = answers(&[
            ("name", text(name)),
            ("platform", text(platform)),
            ("account_id", text(id)),
        ]);
        account_claims(&notice, &written)
    };
    let meets =
        |a: &[AccountClaim], b: &[AccountClaim]| a.iter().any(|x| b.iter().any(|y| x.key == y.key));
    let in_matrix = account_claims(
        &notice,
        &answers(&[
            ("name", text("太原新媒体传播矩阵")),
            (
                "children",
                Answer::Children(vec![
                    child("apple发布", "抖音", "https://www.douyin.com/user/Apple1/"),
                    child("太原发布", "wechat", "无"),
                    child("apple发布", "抖音", "apple2"),
                ]),
            ),
        ]),
    );
    for (name, platform, id, expected) in [
        ("apple发布", "douyin", "other9", true),
        ("аpple发布", "douyin", "other9", true),
        ("ＡＰＰＬＥ发布", "douyin", "other9", true),
        ("ap\u{200B}ple发布", "抖\u{202E}音", "other9", true),
        ("改了名字", "douyin", "douyin.com/user/apple1", true),
        ("改了名字", "douyin", "other9", false),
        ("apple发布", "weibo", "other9", false),
        ("别的号", "wechat", "无", false),
    ] {
        let alone = single(name, platform, id);
        assert_eq!(
            meets(&in_matrix, &alone),
            expected,
            "{name} {platform} {id}"
        );
        assert_eq!(
            meets(&alone, &in_matrix),
            expected,
            "{name} {platform} {id}"
        );
    }
    let keys: BTreeSet<_> = in_matrix.iter().map(|c| &c.key).collect();
    assert_eq!(
        keys.len(),
        in_matrix.len(),
        "an entry never collides with itself"
    );
}

#[test]
fn a_long_key_fits_its_column_and_stays_itself() {
    let notice = pack("shanxi-2024");
    let key = |last: &str| {
        let written = answers(&[("name", text(&format!("{}{last}", "长".repeat(200))))]);
        account_claims(&notice, &written).remove(0).key
    };
    assert!(key("甲").chars().count() <= 190);
    assert_ne!(key("甲"), key("乙"));
}

#[test]
fn names_that_read_alike_are_shown_to_a_person() {
    let notice = pack("shanxi-2024");
    let facts = Facts {
        alike: vec![Alike {
            name: "太原发布".into(),
            platform: Some("weibo".into()),
            operator_fold: "x".into(),
        }],
        ..Facts::default()
    };
    let found = check(&notice, &account(), &Answers::default(), &facts);
    assert_eq!((found.len(), found[0].effect), (1, Effect::Ask));
    assert_eq!(found[0].violation.field, "name");
}

#[test]
fn three_years_are_counted_back_from_the_anchor_and_each_list_is_its_own() {
    let notice = pack("shanxi-2024");
    let run = |list: &str, on: Option<&str>| {
        let hit = NegativeHit {
            list: list.into(),
            kind: Kind::Operator,
            name: "某单位".into(),
            on: on.map(|d| d.parse().unwrap()),
        };
        let facts = Facts {
            negative: vec![hit],
            ..Facts::default()
        };
        let found = check(&notice, &account(), &Answers::default(), &facts);
        assert!(found.iter().all(|f| f.effect == Effect::Ask));
        found.into_iter().map(|f| f.rule).collect::<Vec<_>>()
    };
    assert_eq!(run("cyberspace-penalties", Some("2021-12-20")), ["penalty"]);
    assert_eq!(run("cyberspace-penalties", Some("2021-12-19")), [""; 0]);
    assert_eq!(run("cyberspace-penalties", Some("2024-12-20")), ["penalty"]);
    assert_eq!(run("cyberspace-penalties", Some("2024-12-21")), [""; 0]);
    assert_eq!(run("cyberspace-penalties", None), ["penalty"]);
    assert_eq!(
        run("platform-measures", Some("2010-01-01")),
        ["platform-measure"]
    );
    assert_eq!(run("other", None), [""; 0]);
}

#[test]
fn answers_and_categories_fit_or_are_asked_about() {
    let notice = pack("shanxi-2024");
    let run = |category: &str, kind: &str| {
        let written = answers(&[("operator_kind", text(kind))]);
        let found = check(
            &notice,
            &choice("account", category),
            &written,
            &Facts::default(),
        );
        found.into_iter().map(|f| f.rule).collect::<Vec<_>>()
    };
    assert_eq!(run("government", "party"), [""; 0]);
    assert_eq!(run("government", "company"), ["category-operator"]);
    assert_eq!(run("celebrity", "company"), ["celebrity-company"]);
    let notice = pack("bozhou-2022");
    let run = |kind: &str| {
        let written = answers(&[("operator_kind", text(kind))]);
        check(&notice, &account(), &written, &Facts::default())
            .iter()
            .filter(|f| f.rule == "operator-kind")
            .count()
    };
    assert_eq!((run("society"), run("company")), (0, 1));
}

#[test]
fn registration_is_inside_the_city() {
    let notice = pack("bozhou-2022");
    for (region, inside) in [
        ("341602", true),
        ("341600", true),
        ("341702", false),
        ("340000", false),
    ] {
        let found = check(
            &notice,
            &account(),
            &answers(&[("region", text(region))]),
            &Facts::default(),
        );
        let out = found.iter().any(|f| f.rule == "account-in-territory");
        assert_eq!(out, !inside, "{region}");
    }
}

#[test]
fn either_pictures_or_a_video() {
    let notice = pack("bozhou-2022");
    let run = |slots: &[&str]| {
        let files: Vec<Attached> = slots
            .iter()
            .map(|s| Attached {
                slot: (*s).into(),
                media_type: "image/png".into(),
                duration_ms: None,
                header_ms: None,
            })
            .collect();
        check_rules(
            &notice,
            &account(),
            &Answers::default(),
            &files,
            &Facts::default(),
        )
        .iter()
        .any(|f| f.rule == "work-material")
    };
    assert!(run(&[]) && run(&["honours"]));
    assert!(!run(&["pictures"]) && !run(&["video"]));
}

#[test]
fn choices_are_among_those_of_the_notice() {
    let notice = pack("shanxi-2024");
    let route = notice.route[0].key.clone();
    let run = |subject: &str, category: &str, route: &str| {
        let chosen = Choice {
            subject: subject.into(),
            category: category.into(),
            route: route.into(),
        };
        let found = check_choice(&notice, &chosen);
        found
            .into_iter()
            .map(|f| f.violation.field)
            .collect::<Vec<_>>()
    };
    assert_eq!(run("matrix", "matrix", &route), [""; 0]);
    assert_eq!(run("x", "y", "z"), ["subject", "route", "category"]);
    assert_eq!(run("account", "matrix", &route), ["category"]);
}

/// 「同一运营主体的账号申报不超过1个」.
#[test]
fn an_operator_is_told_by_its_code_and_by_how_its_name_looks() {
    let notice = pack("bozhou-2022");
    let given = answers(&[
        ("host_unit", text("谯城аpple 公司")),
        ("credit_code", text("91350100M000100Y43")),
    ]);
    let marks = operator_marks(&notice, &given);
    let keys: Vec<&str> = marks.iter().map(|m| m.key.as_str()).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1], "code/91350100m000100y43");
    let plain = answers(&[("host_unit", text("谯城Apple公司"))]);
    assert_eq!(operator_marks(&notice, &plain)[0].key, keys[0]);
    assert_eq!(operator_marks(&pack("cast-2021"), &given), []);

    let facts = Facts {
        same_operator: vec!["credit_code".into()],
        ..Facts::default()
    };
    let found = check_operator(&notice, &account(), &given, &facts);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].rule.as_str(), found[0].effect),
        ("operator", Effect::Ask)
    );
    assert_eq!(
        check_operator(&notice, &account(), &given, &Facts::default()),
        []
    );
}
