use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Key};

/// 附件: a file that comes with the notice, for whoever reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub key: Key,
    /// What people read, and what the file is called when they save it; without an ending.
    pub label: String,
    /// Bare name of the file in the pack's folder, e.g. `summary.docx`: PDF, Word (docx) or Excel (xlsx).
    pub file: String,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// What an attachment may be. Old formats of Word and Excel may hold macros whatever their name, and are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentKind {
    Pdf,
    Docx,
    Xlsx,
}

impl AttachmentKind {
    /// By the ending of a name, which is also that of the file when it is saved.
    #[must_use]
    pub fn of(file: &str) -> Option<AttachmentKind> {
        let (_, ending) = file.rsplit_once('.')?;
        let all = [Self::Pdf, Self::Docx, Self::Xlsx];
        all.into_iter()
            .find(|kind| kind.ending().eq_ignore_ascii_case(ending))
    }

    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Most attachments of a notice.
pub const MOST_ATTACHMENTS: usize = 10;

impl Attachment {
    /// What it is by its name.
    #[must_use]
    pub fn kind(&self) -> Option<AttachmentKind> {
        AttachmentKind::of(&self.file)
    }

    /// Does the name stay in the pack's folder?
    #[must_use]
    pub fn stays(&self) -> bool {
        is_bare(&self.file)
    }
}

fn is_bare(file: &str) -> bool {
    let plain = |c: char| !c.is_control() && !"/\\:".contains(c);
    (1..=100).contains(&file.chars().count()) && !file.starts_with('.') && file.chars().all(plain)
}

/// Names of the files that a pack's text asks for, before it is checked; none that leads out of its folder.
#[must_use]
pub fn attachment_files(toml: &str) -> Vec<String> {
    let Ok(pack) = toml.parse::<toml::Table>() else {
        return Vec::new();
    };
    let all = pack.get("attachment").and_then(toml::Value::as_array);
    let files = all
        .into_iter()
        .flatten()
        .filter_map(|a| a.get("file")?.as_str());
    files
        .filter(|file| is_bare(file) && AttachmentKind::of(file).is_some())
        .take(MOST_ATTACHMENTS)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_in_its_folder_and_is_of_a_kind_that_is_taken() {
        for (file, stays, kind) in [
            ("汇总表.xlsx", true, Some(AttachmentKind::Xlsx)),
            ("form.PDF", true, Some(AttachmentKind::Pdf)),
            ("a.b.docx", true, Some(AttachmentKind::Docx)),
            ("form.doc", true, None),
            ("form", true, None),
            ("../form.pdf", false, Some(AttachmentKind::Pdf)),
            ("sub/form.pdf", false, Some(AttachmentKind::Pdf)),
            (r"..\form.pdf", false, Some(AttachmentKind::Pdf)),
            ("C:form.pdf", false, Some(AttachmentKind::Pdf)),
            (".pdf", false, Some(AttachmentKind::Pdf)),
            ("a\0.pdf", false, Some(AttachmentKind::Pdf)),
            ("", false, None),
        ] {
            assert_eq!(is_bare(file), stays, "{file:?}");
            assert_eq!(AttachmentKind::of(file), kind, "{file:?}");
        }
    }

    #[test]
    fn only_files_of_the_folder_are_asked_for() {
        let asked = "[[attachment]]\nfile = \"a.pdf\"\n[[attachment]]\nfile = \"/etc/b.pdf\"\n[[attachment]]\nfile = \"c.exe\"";
        assert_eq!(attachment_files(asked), ["a.pdf"]);
        assert_eq!(attachment_files("attachment = 1"), [""; 0]);
        assert_eq!(attachment_files("[["), [""; 0]);
    }
}
