//! The notice packs inside the binary: notice and form template.

/// A pack: key, notice (TOML), form template (Typst).
pub struct Pack {
    pub key: &'static str,
    pub notice: &'static str,
    pub template: &'static str,
}

/// Every pack of the repository; one without entries has an empty template.
pub const ALL: [Pack; 6] = [
    Pack {
        key: "shanxi-2024",
        notice: include_str!("../notices/shanxi-2024/notice.toml"),
        template: include_str!("../notices/shanxi-2024/form.typ"),
    },
    Pack {
        key: "bozhou-2022",
        notice: include_str!("../notices/bozhou-2022/notice.toml"),
        template: include_str!("../notices/bozhou-2022/form.typ"),
    },
    Pack {
        key: "shaanxi-universities-2024",
        notice: include_str!("../notices/shaanxi-universities-2024/notice.toml"),
        template: include_str!("../notices/shaanxi-universities-2024/form.typ"),
    },
    Pack {
        key: "cast-2021",
        notice: include_str!("../notices/cast-2021/notice.toml"),
        template: include_str!("../notices/cast-2021/form.typ"),
    },
    Pack {
        key: "chengdu-2022",
        notice: include_str!("../notices/chengdu-2022/notice.toml"),
        template: "",
    },
    Pack {
        key: "three-tier",
        notice: include_str!("../notices/three-tier/notice.toml"),
        template: include_str!("../notices/three-tier/form.typ"),
    },
];

/// By key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Pack> {
    ALL.iter().find(|pack| pack.key == key)
}
