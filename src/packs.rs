//! The notice packs inside the binary: notice and form template.

/// A pack: key, notice (TOML), form template (Typst).
pub struct Pack {
    pub key: &'static str,
    pub notice: &'static str,
    pub template: &'static str,
}

/// Every pack of the repository that takes entries.
pub const ALL: [Pack; 1] = [Pack {
    key: "bozhou-2022",
    notice: include_str!("../notices/bozhou-2022/notice.toml"),
    template: include_str!("../notices/bozhou-2022/form.typ"),
}];

/// By key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Pack> {
    ALL.iter().find(|pack| pack.key == key)
}
