use super::{told, try_all};

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

/// What a database would cut off or refuse later is told now, by its line.
#[test]
fn what_is_longer_than_it_may_be() {
    let long = |n: usize| "q".repeat(n);
    for (from, to, path) in [
        (
            "title = \"“优秀",
            format!("title = \"{}", long(201)),
            "title",
        ),
        (
            "name = \"宜昌市委网信办\"",
            format!("name = \"{}\"", long(101)),
            "agency.yichang.name",
        ),
        (
            "key = \"quality\"",
            format!("key = \"{}\"", long(61)),
            "standard.LONG.key",
        ),
        (
            "key = \"dangyang\"",
            format!("key = \"{}\"", long(50)),
            "agency.LONG.key",
        ),
        (
            "name = \"当阳市委网信办\"\ntier = \"county\"\nsystem = \"cyberspace\"",
            format!(
                "name = \"当阳\"\ntier = \"county\"\nsystem = \"{}\"",
                long(41)
            ),
            "agency.dangyang.system",
        ),
    ] {
        let (text, faults) = told(from, &to);
        let at = text.find(&long(40)).unwrap();
        let line = text[..at].lines().count();
        let fault = &faults[0];
        let shown = fault
            .path
            .replace(&long(61), "LONG")
            .replace(&long(50), "LONG");
        assert_eq!(
            (fault.line, shown.as_str(), fault.code, faults.len()),
            (line, path, "too_long", 1),
            "{faults:?}"
        );
    }
    let (_, faults) = told("key = \"dangyang\"", &format!("key = \"{}\"", long(49)));
    assert_eq!(faults, []);
}
