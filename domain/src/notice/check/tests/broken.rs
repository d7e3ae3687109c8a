//! One broken pack for every fault: the exact line and sentence.

use super::*;

/// What is replaced, what by, then the faults: (words on the faulty line, path, code, message).
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, &'static str, &'static str)],
);

/// The three-tier template with one thing broken.
fn told(from: &str, to: &str) -> (String, Vec<Fault>) {
    let text = pack("three-tier");
    let text = match from {
        "" => format!("{text}\n{to}\n"),
        _ => {
            assert!(text.contains(from), "the template no longer has {from:?}");
            text.replacen(from, to, 1)
        }
    };
    let faults = check(&text).err().unwrap_or_default();
    (text, faults)
}

fn try_all(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (from, to, wanted) in cases {
        let (text, faults) = told(from, to);
        let line = |words: &str| {
            text.find(words).map_or(0, |at| {
                text[..at].lines().count() + usize::from(at == 0 || text[..at].ends_with('\n'))
            })
        };
        let wanted: Vec<Fault> = wanted
            .iter()
            .map(|(words, path, code, message)| Fault {
                line: line(words),
                path: (*path).to_owned(),
                code,
                message: (*message).to_owned(),
            })
            .collect();
        if faults != wanted {
            wrong.push(format!(
                "{from:?} became {to:?}:\n told {faults:#?}\n not {wanted:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_form_of_a_pack() {
    try_all(&[
        (
            "title = \"“优秀新媒体账号”推选活动（三级审核通用模板）\"",
            "title = ",
            &[(
                "title = ",
                "",
                "syntax",
                "不是合格的 TOML，请检查引号、括号和等号：string values must be quoted, expected literal string",
            )],
        ),
        (
            "region = \"420000\"",
            "region = \"420000\"\nregion = \"420001\"",
            &[(
                "\"420001\"",
                "",
                "key_twice",
                "同一处的同一个键写了两次，请删去一个",
            )],
        ),
        (
            "label = \"申报与县级审核\"",
            "lable = \"申报与县级审核\"",
            &[
                (
                    "[[stage]]\nkey = \"apply\"",
                    "stage.apply.label",
                    "missing_key",
                    "缺少 `label`，请补上",
                ),
                (
                    "lable",
                    "stage.apply.lable",
                    "unknown_key",
                    "这里没有 `lable` 这个键，是否为 `label`？",
                ),
            ],
        ),
        (
            "key = \"pictures\"",
            "key = \"pictures\"\nshape = 1",
            &[(
                "shape = 1",
                "evidence.pictures.shape",
                "unknown_key",
                "这里没有 `shape` 这个键",
            )],
        ),
        (
            "kind = \"platform_named\"\n",
            "kind = \"platform_named\"\nfeild = 1\n",
            &[(
                "feild",
                "rule.platform.feild",
                "unknown_key",
                "这里没有 `feild` 这个键，是否为 `field`？",
            )],
        ),
        (
            "max = 5\n",
            "max = \"5\"\n",
            &[(
                "max = \"5\"",
                "quota.county.max",
                "wrong_type",
                "应为整数，不加引号",
            )],
        ),
        (
            "max = 5\n",
            "max = 5.5\n",
            &[(
                "max = 5.5",
                "quota.county.max",
                "wrong_type",
                "应为整数，不能写小数 5.5",
            )],
        ),
        (
            "max = 5\n",
            "max = -1\n",
            &[(
                "max = -1",
                "quota.county.max",
                "out_of_range",
                "数字超出范围，应为不太大的非负整数",
            )],
        ),
        (
            "open = true",
            "open = \"yes\"",
            &[(
                "open = \"yes\"",
                "rule.platform.open",
                "wrong_type",
                "应为 true 或 false，不加引号",
            )],
        ),
        (
            "title = \"优秀新媒体账号申报表\"",
            "title = 1",
            &[(
                "title = 1",
                "form.title",
                "wrong_type",
                "应为文字，请加引号",
            )],
        ),
        (
            "act = [\"apply\", \"review\"]",
            "act = \"apply\"",
            &[(
                "act = \"apply\"",
                "stage.apply.act",
                "wrong_type",
                "应为列表，请写在方括号里",
            )],
        ),
        (
            "[period]",
            "[[period]]",
            &[(
                "[[period]]",
                "period",
                "wrong_type",
                "这里只有一项，请写作 [period]（一层方括号）",
            )],
        ),
        (
            "",
            "[figure]\nkey = \"x\"",
            &[(
                "[figure]",
                "figure",
                "wrong_type",
                "这里可以有多项，请写作 [[figure]]（两层方括号）",
            )],
        ),
        (
            "tier = \"province\"",
            "tier = \"provence\"",
            &[(
                "provence",
                "agency.province.tier",
                "unknown_word",
                "不能写作“provence”，可以写：national、province、city、county、association、society、unit，是否为 `province`？",
            )],
        ),
        (
            "kind = \"in_territory\"",
            "kind = \"in_teritory\"",
            &[(
                "in_teritory",
                "rule.territory.kind",
                "unknown_word",
                "`kind` 不能写作“in_teritory”，可以写：at_least、at_most、threshold_table、platform_named、matrix_children、matrix_name、matrix_exclusive、one_route、same_name、category_takes、answer_among、person_decides、any_evidence、negative_list、counted_between、in_territory，是否为 `in_territory`？",
            )],
        ),
        (
            "kind = \"platform\"\n",
            "",
            &[(
                "[[form.field]]\nkey = \"platform\"",
                "form.field.platform.kind",
                "missing_key",
                "缺少 `kind`，应为 text、long_text、integer、percent、date、choice、platform、region、telephone、mobile、email、postcode、address、credit_code、children、children_followers 之一",
            )],
        ),
        (
            "opens = \"2027-03-01\"\ncloses = \"2027-06-30\"",
            "opens = 2027-03-01\ncloses = \"6月30日\"",
            &[(
                "6月30日\"",
                "period.closes",
                "bad_day",
                "“6月30日”不是日期，应写作 \"2024-12-20\" 的样子",
            )],
        ),
        (
            "opens = \"2027-03-01\"",
            "opens = true",
            &[(
                "opens = true",
                "period.opens",
                "wrong_type",
                "应为日期，写作 \"2024-12-20\" 的样子",
            )],
        ),
    ]);
}

#[test]
fn values_by_themselves() {
    try_all(&[
        (
            "format = 1",
            "format = 2",
            &[(
                "format = 2",
                "format",
                "format_unknown",
                "不认识格式版本 2，目前只有 1",
            )],
        ),
        (
            "key = \"quality\"",
            "key = \"Quality\"",
            &[(
                "\"Quality\"",
                "standard.Quality.key",
                "bad_key",
                "“Quality”不能作 key：只用小写字母、数字、- 和 _，以字母开头",
            )],
        ),
        (
            "key = \"plaque\"",
            "key = \"certificate\"",
            &[(
                "key = \"certificate\"\nkind = \"plaque\"",
                "print.certificate.key",
                "duplicate",
                "`certificate` 前面已经用过，同一组里的 key 不能重复",
            )],
        ),
        (
            "[[step.slot]]\nkey = \"city\"",
            "[[step.slot]]\nkey = \"county\"",
            &[(
                "key = \"county\"\nlabel = \"市委",
                "step.city.slot.county.key",
                "duplicate",
                "盖章处 `county` 在另一环节已经用过，各环节也不能重复",
            )],
        ),
        (
            "clause = \"图片不超过3张\"",
            "clause = \" \"",
            &[(
                "clause = \" \"",
                "evidence.pictures.clause",
                "empty_clause",
                "引文是空的：请抄录通知中的原话，没有原话就删去这一行",
            )],
        ),
        (
            "label = \"政务类\"",
            "label = \"\"",
            &[(
                "label = \"\"",
                "category.government.label",
                "empty_text",
                "`label` 是空的，请填写",
            )],
        ),
        (
            "region = \"420582\"",
            "region = \"4205\"",
            &[(
                "\"4205\"",
                "agency.dangyang.region",
                "bad_region",
                "“4205”不是行政区划代码，应为六位数字，如 341600",
            )],
        ),
        (
            "region = \"420000\"",
            "source_sha256 = \"abc\"\nregion = \"420000\"",
            &[(
                "\"abc\"",
                "source_sha256",
                "bad_sha256",
                "应为原文的 SHA-256：64个数字和小写字母",
            )],
        ),
        (
            "",
            "[[figure]]\nkey = \"x\"\nlabel = \"x\"\nkind = \"total\"\nvalue = \"10亿\"\nunit = \"次\"\nclause = \"x\"",
            &[(
                "10亿",
                "figure.x.value",
                "bad_number",
                "“10亿”不是这里能用的数，请只写数字，如 \"93.04\"",
            )],
        ),
        (
            "max = 5\n",
            "max = 0\n",
            &[(
                "max = 0",
                "quota.county.max",
                "zero",
                "名额“每县（市、区）名额”不能是 0",
            )],
        ),
        (
            "min = 0\nmax = 3",
            "min = 4\nmax = 3",
            &[(
                "max = 3",
                "evidence.pictures.max",
                "floor_above_ceiling",
                "下限 4 比上限 3 还大，请改正其中一个",
            )],
        ),
        (
            "key = \"followers\"\nlabel = \"粉丝数量\"\nkind = \"integer\"",
            "key = \"followers\"\nlabel = \"粉丝数量\"\nkind = \"integer\"\nmin = 9\nmax = 1",
            &[(
                "[[form.field]]\nkey = \"followers\"",
                "form.field.followers",
                "floor_above_ceiling",
                "下限 9 比上限 1 还大，请改正其中一个",
            )],
        ),
        (
            "picks = { min = 1, max = 5 }",
            "picks = { min = 6, max = 5 }",
            &[(
                "picks =",
                "poll.picks",
                "floor_above_ceiling",
                "下限 6 比上限 5 还大，请改正其中一个",
            )],
        ),
        (
            "kind = \"image\"",
            "kind = \"image\"\nmax_seconds = 9",
            &[(
                "max_seconds = 9",
                "evidence.pictures.max_seconds",
                "seconds_not_video",
                "只有视频才能限时长，请删去 max_seconds",
            )],
        ),
        (
            "max = 30\n",
            "exact = true\n",
            &[(
                "[[cut]]",
                "cut.shortlist",
                "cap_missing",
                "写了 exact 或 reserve，还要写 max（入围数）",
            )],
        ),
        (
            "hour = 18",
            "hour = 24",
            &[(
                "totals =",
                "poll.totals.hour",
                "bad_hour",
                "每天没有 24 点，应为 0 至 23",
            )],
        ),
        (
            "name_field = \"name\"\n",
            "",
            &[(
                "[form]",
                "form.name_field",
                "form_field_unnamed",
                "缺少 `name_field`：请写明哪一栏是账号或作品名称",
            )],
        ),
        (
            "[[route]]\nkey = \"county\"\nlabel = \"经县（市、区）委网信办申报\"\nvia = { tier = \"county\", system = \"cyberspace\" }\nclause = \"县级审核盖章后报市级\"",
            "",
            &[
                (
                    "#:schema",
                    "route",
                    "nothing_to_choose",
                    "要有至少一个 [[route]]（申报途径）；不接受申报的榜单请写 intake = \"organiser_list\"",
                ),
                (
                    "per = \"agency\"",
                    "quota.county.per",
                    "quota_without_agency",
                    "名额按机构计算，但没有一条申报途径经过机构（via）",
                ),
            ],
        ),
    ]);
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

#[test]
fn windows_and_sums() {
    try_all(&[
        (
            "closes = \"2027-03-31\"",
            "closes = \"2027-02-01\"",
            &[
                (
                    "closes = \"2027-02-01\"",
                    "stage.apply.closes",
                    "window_outside",
                    "2027-02-01 不在活动时间 2027-03-01 至 2027-06-30 之内",
                ),
                (
                    "closes = \"2027-02-01\"",
                    "stage.apply.closes",
                    "window_reversed",
                    "结束日 2027-02-01 早于开始日 2027-03-01",
                ),
            ],
        ),
        (
            "opens = \"2027-05-06\"",
            "opens = \"2027-03-15\"",
            &[(
                "opens = \"2027-03-15\"",
                "stage.appraise.opens",
                "window_order",
                "比前一阶段“市级复审、省级终审”开始得早，请按先后排列",
            )],
        ),
        (
            "closes = \"2027-04-30\"",
            "closes = \"2027-04-30\"\nwithin = \"apply\"",
            &[(
                "closes = \"2027-04-30\"",
                "stage.review.closes",
                "child_deadline",
                "截止日 2027-04-30 晚于上一级“申报与县级审核”的 2027-03-31，应当不晚于它",
            )],
        ),
        (
            "closes = \"2027-04-30\"",
            "closes = \"2027-04-30\"\nwithin = \"review\"",
            &[(
                "within",
                "stage.review.within",
                "stage_cycle",
                "阶段的上级绕成了圈，最上一级不写 within",
            )],
        ),
        (
            "[[addressee]]",
            "[parent]\ntitle = \"上级活动\"\ncloses = \"2027-03-15\"\nclause = \"x\"\n\n[[addressee]]",
            &[(
                "closes = \"2027-03-31\"",
                "stage.apply.closes",
                "child_deadline",
                "截止日 2027-03-31 晚于上级活动的截止日 2027-03-15",
            )],
        ),
        (
            "",
            "[[deliverable]]\nkey = \"summary\"\nlabel = \"总结\"\nkind = \"report\"\ndue = \"2027-05-01\"\nstage = \"review\"\nclause = \"x\"",
            &[(
                "due =",
                "deliverable.summary.due",
                "window_outside",
                "2027-05-01 不在阶段“市级复审、省级终审”之内（2027-04-01 至 2027-04-30）",
            )],
        ),
        (
            "act = [\"apply\", \"review\"]",
            "act = [\"review\"]",
            &[(
                "[[stage]]",
                "stage",
                "no_apply_stage",
                "没有一个阶段接受申报：请在该阶段写 act = [\"apply\"]",
            )],
        ),
        (
            "weight = 40",
            "weight = 30",
            &[(
                "[[score.part]]",
                "score.part",
                "weights_sum",
                "权重合计 30+60 = 90，应为 100",
            )],
        ),
        (
            "total = 100",
            "total = 90",
            &[(
                "total = 90",
                "rubric.experts.total",
                "rubric_sum",
                "各项标准合计 100 分，总分写的是 90 分",
            )],
        ),
        (
            "points = 40",
            "",
            &[(
                "[[rubric.criterion]]",
                "rubric.experts.criterion",
                "rubric_mixed",
                "有的标准写了分值，有的没有：请都写，或都不写",
            )],
        ),
        (
            "points = 40",
            "points = 40\nitem = [{ key = \"a\", label = \"a\", points = 30, clause = \"x\" }]",
            &[(
                "points = 40",
                "rubric.experts.criterion.service.points",
                "rubric_sum",
                "各细则合计 30 分，“服务效果”写的是 40 分",
            )],
        ),
        (
            "best = 10000, worst = 6000",
            "best = 10, worst = 6000",
            &[(
                "conversion = { by = \"rank_linear\"",
                "score.part.data.conversion",
                "table_order",
                "应有 10000 ≥ best ≥ worst（以百分之一分为单位）",
            )],
        ),
        (
            "kind = \"integer\"",
            "kind = \"percent\"\n[[rule]]\nkey = \"share\"\nkind = \"at_least\"\nfield = \"followers\"\nmin = 60\nclause = \"x\"\n",
            &[(
                "min = 60",
                "rule.share.min",
                "percent_unit",
                "百分比以万分之一为单位：60% 写作 6000，现在写的是 60",
            )],
        ),
    ]);
}

#[test]
fn every_fault_is_told_at_once_and_none_is_made_up() {
    let text = pack("three-tier")
        .replacen("key = \"apply\"", "kee = \"apply\"", 1)
        .replacen("region = \"420506\"", "region = \"42\"", 1)
        .replacen("weight = 40", "weight = \"forty\"", 1)
        .replacen("stage = \"review\"", "stage = \"never\"", 1);
    let codes: Vec<&str> = check(&text).unwrap_err().iter().map(|f| f.code).collect();
    // The steps that name `apply` and the sum of the weights cannot be judged and are left alone.
    assert_eq!(
        codes,
        ["bad_region", "missing_key", "unknown_key", "wrong_type"]
    );
}
