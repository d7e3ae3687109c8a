use super::{check, pack, try_all};

/// A place that is used by an endorsement is counted where no entry passes without the office whose place it is.
#[test]
fn places_of_nomination_are_counted_at_a_step_that_needs_their_office() {
    let faults = |quota: &str, step: &str| {
        let key = "[[quota]]\nkey = \"county\"";
        let here = "tier = \"county\"\nsystem = [\"cyberspace\"]\nstage = \"apply\"";
        let text = pack("three-tier");
        assert!(text.contains(key) && text.contains(here));
        let text = text
            .replacen(key, &format!("{key}\ntaken = \"nomination\"\n{quota}"), 1)
            .replacen(here, &format!("tier = \"county\"\n{step}"), 1);
        let told = check(&text).err().unwrap_or_default();
        let told = told.iter().filter(|f| f.code == "quota_uncounted");
        told.count()
    };
    let (alone, joint) = (
        "system = [\"cyberspace\"]",
        "system = [\"cyberspace\", \"civilisation\"]",
    );
    let unit = "when = { category = [\"unit\"] }";
    let wechat = "when = { answer = [{ field = \"platform\", is = [\"wechat\"] }] }";
    let both = "when = { answer = [{ field = \"platform\", is = [\"wechat\", \"weibo\"] }] }";
    for (quota, step, more) in [
        ("", alone, ""),
        ("", alone, "optional = true"),
        ("", joint, "mode = \"all\""),
        (unit, alone, unit),
        (wechat, alone, wechat),
        (wechat, alone, both),
    ] {
        assert_eq!(
            faults(quota, &format!("{step}\n{more}")),
            0,
            "{quota} {more}"
        );
    }
    for (quota, step, more) in [
        ("", joint, "mode = \"any\""),
        ("", joint, "optional = true"),
        ("", alone, unit),
        ("", alone, wechat),
        (both, alone, wechat),
        (unit, alone, "when = { category = [\"government\"] }"),
    ] {
        assert_eq!(
            faults(quota, &format!("{step}\n{more}")),
            1,
            "{quota} {more}"
        );
    }
}

/// A list binds nobody where a partner passes the step of the office that sends it.
#[test]
fn a_list_is_asked_of_an_office_that_nobody_passes_by() {
    let here = "tier = \"city\"\nsystem = [\"cyberspace\"]\nstage = \"collect\"";
    let text = pack("shanxi-2024");
    assert!(text.contains(here));
    let told = |mode: &str| {
        let joint = here.replace("]", &format!(", \"civilisation\"]\nmode = \"{mode}\""));
        let faults = check(&text.replacen(here, &joint, 1)).err();
        let faults = faults.unwrap_or_default().into_iter();
        let faults = faults.filter(|f| f.code == "list_passed_by");
        faults.map(|f| f.path).collect::<Vec<_>>()
    };
    assert_eq!(told("any"), ["nomination.city.by"]);
    assert_eq!(told("all"), Vec::<String>::new());
}

#[test]
fn references() {
    try_all(&[
        (
            "parent = \"wuhan\"",
            "parent = \"wuhen\"",
            &[(
                "wuhen",
                "agency.wuchang.parent",
                "dangling",
                "没有叫 `wuhen` 的机构，是否为 `wuhan`？",
            )],
        ),
        (
            "region = \"420000\"\n\n[[agency]]\nkey = \"wuhan\"",
            "region = \"420000\"\nparent = \"wuchang\"\n\n[[agency]]\nkey = \"wuhan\"",
            &[
                (
                    "parent = \"wuchang\"",
                    "agency.province.parent",
                    "agency_cycle",
                    "机构“湖北省委网信办”的上级绕成了圈，最上一级不写 parent",
                ),
                (
                    "parent = \"province\"",
                    "agency.wuhan.parent",
                    "agency_cycle",
                    "机构“武汉市委网信办”的上级绕成了圈，最上一级不写 parent",
                ),
                (
                    "parent = \"wuhan\"",
                    "agency.wuchang.parent",
                    "agency_cycle",
                    "机构“武昌区委网信办”的上级绕成了圈，最上一级不写 parent",
                ),
            ],
        ),
        (
            "[[quota]]\nkey = \"county\"",
            "[[route]]\nkey = \"self\"\nlabel = \"自行申报\"\n\n[[quota]]\nkey = \"county\"\ntaken = \"nomination\"",
            &[(
                "taken = \"nomination\"",
                "quota.county.taken",
                "quota_uncounted",
                "名额在推荐时占用，但有申报途径不经过机构（via），或审核环节（step）中没有该机构必须办理的一环，无法计数",
            )],
        ),
        (
            "field = \"region\"",
            "field = \"regoin\"",
            &[(
                "regoin",
                "rule.territory.field",
                "dangling",
                "没有叫 `regoin` 的申报表栏目，是否为 `region`？",
            )],
        ),
        (
            "field = \"region\"",
            "field = \"summary\"",
            &[(
                "field = \"summary\"",
                "rule.territory.field",
                "field_kind",
                "栏目“主要事迹”不合用：这里要的是属地（region）",
            )],
        ),
        (
            "key = \"county\"\nlabel = \"每县",
            "when = { route = [\"city\"], category = [\"x\"], subject = [\"y\"], answer = [{ field = \"z\", is = [\"1\"] }] }\nkey = \"county\"\nlabel = \"每县",
            &[
                (
                    "when = {",
                    "quota.county.when.answer.0.field",
                    "dangling",
                    "没有叫 `z` 的申报表栏目",
                ),
                (
                    "when = {",
                    "quota.county.when.category.0",
                    "dangling",
                    "没有叫 `x` 的类别",
                ),
                (
                    "when = {",
                    "quota.county.when.route.0",
                    "dangling",
                    "没有叫 `city` 的申报途径",
                ),
                (
                    "when = {",
                    "quota.county.when.subject.0",
                    "dangling",
                    "没有叫 `y` 的推选对象",
                ),
                (
                    "per = \"agency\"",
                    "quota.county.per",
                    "quota_without_agency",
                    "名额按机构计算，但没有一条申报途径经过机构（via）",
                ),
            ],
        ),
        (
            "key = \"unit\"\nlabel = \"企事业单位类\"",
            "key = \"unit\"\nlabel = \"企事业单位类\"\nsubject = [\"acount\"]",
            &[(
                "acount",
                "category.unit.subject.0",
                "dangling",
                "没有叫 `acount` 的推选对象，是否为 `account`？",
            )],
        ),
        (
            "stage = \"review\"\nclause = \"市级复审",
            "stage = \"reviw\"\nclause = \"市级复审",
            &[(
                "reviw",
                "step.city.stage",
                "dangling",
                "没有叫 `reviw` 的阶段，是否为 `review`？",
            )],
        ),
        (
            "label = \"市委网信办复审意见\"\nsystem = \"cyberspace\"",
            "label = \"市委网信办复审意见\"\nsystem = \"civilisation\"",
            &[(
                "\"civilisation\"",
                "step.city.slot.city.system",
                "slot_system",
                "盖章处的条线 `civilisation` 不在本环节的条线之内（cyberspace）",
            )],
        ),
        (
            "tier = \"city\"\nsystem = [\"cyberspace\"]",
            "tier = \"city\"\nsystem = []",
            &[(
                "system = []",
                "step.city.system",
                "step_without_system",
                "环节“市级复审”没有写明由哪个条线办理（system）",
            )],
        ),
        (
            "",
            "[[rule]]\nkey = \"either\"\nkind = \"any_evidence\"\nslot = [\"pictures\", \"vidio\"]\nclause = \"x\"",
            &[(
                "vidio",
                "rule.either.slot.1",
                "dangling",
                "没有叫 `vidio` 的材料，是否为 `video`？",
            )],
        ),
        (
            "after = \"shortlist\"",
            "after = \"long\"",
            &[(
                "after =",
                "poll.after",
                "dangling",
                "没有叫 `long` 的入围环节",
            )],
        ),
        (
            "after = \"shortlist\"",
            "after = \"shortlist\"\npart = \"experts\"",
            &[(
                "part = \"experts\"\nunit",
                "poll.part",
                "part_not_vote",
                "投票只能计入 source = \"vote\" 的评分项",
            )],
        ),
        (
            "rubric = \"experts\"",
            "rubric = \"expert\"",
            &[(
                "rubric = \"expert\"",
                "score.part.experts.rubric",
                "dangling",
                "没有叫 `expert` 的评分细则，是否为 `experts`？",
            )],
        ),
        (
            "indicator = [\"followers\"]",
            "indicator = [\"posts\"]",
            &[(
                "indicator = [\"posts\"]",
                "score.part.data.indicator.0",
                "dangling",
                "没有叫 `posts` 的数据指标",
            )],
        ),
        (
            "kind = \"plaque\"",
            "kind = \"plaque\"\nhonour = [\"best\"]",
            &[(
                "[\"best\"]",
                "print.plaque.honour.0",
                "dangling",
                "没有叫 `best` 的奖项",
            )],
        ),
    ]);
}
