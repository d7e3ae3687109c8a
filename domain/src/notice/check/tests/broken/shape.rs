use super::try_all;

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
