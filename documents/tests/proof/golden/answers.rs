//! What is written on each form, and who stamps it. Units and persons are made up.

use crate::support::Pack;

/// What is written on a form, and who stamps it.
pub struct Filled {
    /// Which category is ticked.
    pub category: usize,
    pub answers: &'static [(&'static str, &'static str)],
    /// Long answers, so many characters of prose.
    pub long: &'static [(&'static str, usize)],
    /// Boxes with who stamps them, in order.
    pub agencies: &'static [(&'static str, &'static str)],
    pub opinion: &'static str,
    pub date: &'static str,
}

const BOZHOU: Filled = Filled {
    category: 0,
    answers: &[
        ("name", "谯城发布"),
        ("domain_or_id", "qcfb_2016"),
        ("host_unit", "谯城区融媒体中心㛃䶮𬭎𠅤工作室"),
        ("address", "安徽省亳州市谯城区芍花路1号"),
        ("postcode", "236800"),
        ("contact", "张㛃䶮𬭎𠅤（副主任）"),
        ("telephone", "0558-5000000"),
        ("mobile", "13800138000"),
        ("email", "qiaochengfabu@example.cn"),
        ("operator_kind", "国有企事业单位"),
        ("credit_code", "12341602MB0A1B2C3D"),
        ("region", "安徽省亳州市谯城区"),
        ("platform", "微信"),
        ("followers", "386000"),
    ],
    long: &[("details", 150), ("summary", 400)],
    agencies: &[
        ("unit", "谯城区融媒体中心㛃䶮𬭎𠅤工作室"),
        (
            "county-cyberspace",
            "中共亳州市谯城区委网络安全和信息化委员会办公室",
        ),
        (
            "county-civilisation",
            "亳州市谯城区精神文明建设指导委员会办公室",
        ),
        (
            "city-cyberspace",
            "中共亳州市委网络安全和信息化委员会办公室",
        ),
        ("city-civilisation", "亳州市精神文明建设指导委员会办公室"),
    ],
    opinion: "经审核，该账号导向正确、运营规范，填报内容属实，同意推荐。",
    date: "2022年6月2日",
};

const SHANXI: Filled = Filled {
    category: 0,
    answers: &[
        ("name", "晋城发布"),
        ("followers", "523000"),
        ("operator", "晋城市委宣传部㛃䶮𬭎𠅤工作室"),
        ("platform", "微信公众号"),
        ("posts", "3862"),
        ("contact", "李㛃䶮𬭎𠅤"),
        ("phone", "13800138000"),
        ("account_id", "jincheng_fabu"),
        ("original_share", "71.00%"),
        ("operator_kind", "党政机关"),
        ("credit_code", "11140500MB0A1B2C3D"),
        ("origin", "省内"),
        ("region", "山西省晋城市"),
    ],
    long: &[("profile", 320)],
    agencies: &[
        ("unit", "晋城市委宣传部㛃䶮𬭎𠅤工作室"),
        ("city", "中共晋城市委网络安全和信息化委员会办公室"),
        ("province", "中共山西省委网络安全和信息化委员会办公室"),
    ],
    opinion: "符合推选标准，同意推荐。",
    date: "2024年12月28日",
};

const SHAANXI: Filled = Filled {
    category: 0,
    answers: &[
        ("name", "秦岭大学团委"),
        ("platform", "微信公众号"),
        ("account_id", "qinling_youth"),
        ("operator", "秦岭大学团委㛃䶮𬭎𠅤工作室"),
        ("level", "省级"),
        ("followers", "46800"),
        ("posts", "1260"),
        ("interactions", "893400"),
        ("contact", "王㛃䶮𬭎𠅤"),
        ("phone", "029-80000000"),
    ],
    long: &[("profile", 900)],
    agencies: &[
        ("university", "秦岭大学㛃䶮𬭎𠅤学院"),
        ("centre", "陕西高校网络思想政治工作中心"),
        ("province", "中共陕西省委网络安全和信息化委员会办公室"),
    ],
    opinion: "该账号近一年无通报情形，同意推荐。",
    date: "2024年8月23日",
};

const CAST: Filled = Filled {
    category: 0,
    answers: &[
        ("name", "科普针灸"),
        ("registered_on", "2016-03-12"),
        ("followers", "215600"),
        ("operator", "针灸学会科普部㛃䶮𬭎𠅤工作室"),
        ("account_id", "https://weibo.com/u/7012345678901"),
        ("platform", "新浪微博"),
        ("staff", "6"),
        ("posts", "4820"),
        ("contact", "刘㛃䶮𬭎𠅤"),
        ("mobile", "13800138000"),
        ("email", "kepu@example.org.cn"),
        ("postcode", "100000"),
        ("address", "北京市东城区示例路16号"),
        ("operator_kind", "社会组织"),
    ],
    long: &[
        ("profile", 220),
        ("effect", 240),
        ("reason", 130),
        ("case_text", 240),
    ],
    agencies: &[
        ("branch", "针灸学会㛃䶮𬭎𠅤分会"),
        ("society", "示例针灸学会"),
        ("association", "示例科学技术协会调研宣传部"),
        ("committee", "“百佳账号”推选活动组委会"),
    ],
    opinion: "同意推荐。",
    date: "2021年7月30日",
};

const THREE_TIER: Filled = Filled {
    category: 1,
    answers: &[
        ("name", "江城出行"),
        ("platform", "抖音"),
        ("account_id", "jiangcheng_chuxing"),
        ("operator", "武昌公交集团㛃䶮𬭎𠅤工作室"),
        ("region", "湖北省武汉市武昌区"),
        ("followers", "98700"),
        ("contact", "陈㛃䶮𬭎𠅤"),
        ("mobile", "13800138000"),
    ],
    long: &[("summary", 480)],
    agencies: &[
        ("county", "武昌区委网信办㛃䶮𬭎𠅤工作室"),
        ("city", "中共武汉市委网络安全和信息化委员会办公室"),
        ("province", "中共湖北省委网络安全和信息化委员会办公室"),
    ],
    opinion: "情况属实，同意。",
    date: "2027年3月18日",
};

pub fn of(pack: &Pack) -> &'static Filled {
    match pack.key {
        "bozhou-2022" => &BOZHOU,
        "shanxi-2024" => &SHANXI,
        "shaanxi-universities-2024" => &SHAANXI,
        "cast-2021" => &CAST,
        "three-tier" => &THREE_TIER,
        other => panic!("nobody fills in {other}"),
    }
}

/// 推荐表: only who stamps it.
pub const NOMINATED: Filled = Filled {
    category: 0,
    answers: &[],
    long: &[],
    agencies: &[("agency", "中共晋城市委网络安全和信息化委员会办公室")],
    opinion: "",
    date: "2024年12月30日",
};
