use super::try_all;

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
            "act = [\"review\", \"screen\"]",
            "act = [\"review\", \"screen\"]\nupload_grace_minutes = 10",
            &[(
                "upload_grace_minutes",
                "stage.review.upload_grace_minutes",
                "grace_unfit",
                "上传宽限只用于申报阶段（act = [\"apply\"]），最长1440分钟",
            )],
        ),
        (
            "act = [\"apply\", \"review\"]",
            "act = [\"apply\", \"review\"]\nupload_grace_minutes = 1441",
            &[(
                "upload_grace_minutes",
                "stage.apply.upload_grace_minutes",
                "grace_unfit",
                "上传宽限只用于申报阶段（act = [\"apply\"]），最长1440分钟",
            )],
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
