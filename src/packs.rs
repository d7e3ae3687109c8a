//! Notice packs: those inside the binary, and beside them those in the operator's folder (`notices.folder`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

use bytes::Bytes;

/// A pack inside the binary: key, notice (TOML), Typst templates; a template that is not there is empty.
pub struct Pack {
    pub key: &'static str,
    pub notice: &'static str,
    /// 申报表.
    pub template: &'static str,
    /// 推荐表.
    pub nomination: &'static str,
    /// 后续材料.
    pub deliverable: &'static str,
    /// 附件: names and bytes of the files that its notice names.
    pub attachments: &'static [(&'static str, &'static [u8])],
}

/// Templates of a campaign; empty where the notice asks for no such form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Templates {
    pub form: String,
    pub nomination: String,
    pub deliverable: String,
}

/// Files by their names.
pub type Attached = BTreeMap<String, Bytes>;

/// A pack as its author wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    pub notice: String,
    pub templates: Templates,
    /// Files that the notice names, as far as they are there; `None` where they are sent after the campaign is set up.
    pub attachments: Option<Attached>,
}

/// Most bytes of a notice and of a template.
pub const NOTICE_BYTES: u64 = 512 << 10;
pub const TEMPLATE_BYTES: u64 = 128 << 10;
/// Most bytes of an attachment; `limits.pdf_bytes` may say less.
pub const ATTACHMENT_BYTES: u64 = 20 << 20;

/// Every pack of the repository.
pub const ALL: [Pack; 6] = [
    Pack {
        key: "shanxi-2024",
        notice: include_str!("../notices/shanxi-2024/notice.toml"),
        template: include_str!("../notices/shanxi-2024/form.typ"),
        nomination: include_str!("../notices/shanxi-2024/nomination.typ"),
        deliverable: "",
        attachments: &[],
    },
    Pack {
        key: "bozhou-2022",
        notice: include_str!("../notices/bozhou-2022/notice.toml"),
        template: include_str!("../notices/bozhou-2022/form.typ"),
        nomination: "",
        deliverable: "",
        attachments: &[],
    },
    Pack {
        key: "shaanxi-universities-2024",
        notice: include_str!("../notices/shaanxi-universities-2024/notice.toml"),
        template: include_str!("../notices/shaanxi-universities-2024/form.typ"),
        nomination: "",
        deliverable: include_str!("../notices/shaanxi-universities-2024/deliverable.typ"),
        attachments: &[],
    },
    Pack {
        key: "cast-2021",
        notice: include_str!("../notices/cast-2021/notice.toml"),
        template: include_str!("../notices/cast-2021/form.typ"),
        nomination: "",
        deliverable: "",
        attachments: &[],
    },
    Pack {
        key: "chengdu-2022",
        notice: include_str!("../notices/chengdu-2022/notice.toml"),
        template: "",
        nomination: "",
        deliverable: "",
        attachments: &[],
    },
    Pack {
        key: "three-tier",
        notice: include_str!("../notices/three-tier/notice.toml"),
        template: include_str!("../notices/three-tier/form.typ"),
        nomination: "",
        deliverable: "",
        attachments: &[],
    },
];

impl Pack {
    /// Its templates.
    #[must_use]
    pub fn templates(&self) -> Templates {
        Templates {
            form: self.template.to_owned(),
            nomination: self.nomination.to_owned(),
            deliverable: self.deliverable.to_owned(),
        }
    }

    /// Its attachments.
    #[must_use]
    pub fn attached(&self) -> Attached {
        let files = self.attachments.iter();
        files
            .map(|(name, bytes)| ((*name).to_owned(), Bytes::from_static(bytes)))
            .collect()
    }
}

impl From<&Pack> for Texts {
    fn from(pack: &Pack) -> Texts {
        Texts {
            notice: pack.notice.to_owned(),
            templates: pack.templates(),
            attachments: Some(pack.attached()),
        }
    }
}

/// A form's template alone.
impl From<String> for Templates {
    fn from(form: String) -> Templates {
        Templates {
            form,
            ..Templates::default()
        }
    }
}

/// One inside the binary, by key.
#[must_use]
pub fn find(key: &str) -> Option<&'static Pack> {
    ALL.iter().find(|pack| pack.key == key)
}

/// Keys of all packs in order; an empty folder setting stands for none.
pub fn keys(folder: &Path) -> Result<BTreeSet<String>> {
    let mut keys: BTreeSet<String> = ALL.iter().map(|p| p.key.to_owned()).collect();
    if folder.as_os_str().is_empty() {
        return Ok(keys);
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_key(&name)
            && entry.path().join(NOTICE).is_file()
        {
            keys.insert(name);
        }
    }
    Ok(keys)
}

/// The notice of a pack by key, without what lies beside it.
pub fn notice(folder: &Path, key: &str) -> Result<Option<String>> {
    let own = folder.join(key).join(NOTICE);
    if is_key(key) && !folder.as_os_str().is_empty() && own.is_file() {
        return bounded(&own, NOTICE_BYTES).map(Some);
    }
    Ok(find(key).map(|pack| pack.notice.to_owned()))
}

/// A pack by key. One in the folder goes before one of the same key inside the binary, so that a correction
/// needs no new binary.
pub fn texts(folder: &Path, key: &str) -> Result<Option<Texts>> {
    let own = folder.join(key);
    if is_key(key) && !folder.as_os_str().is_empty() && own.join(NOTICE).is_file() {
        return read(&own).map(Some);
    }
    Ok(find(key).map(Texts::from))
}

const NOTICE: &str = "notice.toml";

/// A key is a folder's bare name, so that none leads out of the folder.
fn is_key(key: &str) -> bool {
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=60).contains(&key.len()) && key.bytes().all(sound)
}

/// Reads a pack's folder.
pub fn read(pack: &Path) -> Result<Texts> {
    let template = |name: &str| match bounded(&pack.join(name), TEMPLATE_BYTES) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(String::new()),
        other => other,
    };
    let notice = bounded(&pack.join(NOTICE), NOTICE_BYTES)?;
    Ok(Texts {
        attachments: Some(attached(pack, &notice)?),
        notice,
        templates: Templates {
            form: template("form.typ")?,
            nomination: template("nomination.typ")?,
            deliverable: template("deliverable.typ")?,
        },
    })
}

/// The attachments that the notice names. A link might lead out of the folder, so it is as if it were not there; of a file that
/// is too long, so much is read that the check sees it.
pub fn attached(pack: &Path, notice: &str) -> Result<Attached> {
    let mut files = Attached::new();
    for name in domain::notice::attachment_files(notice) {
        let path = pack.join(&name);
        match std::fs::symlink_metadata(&path) {
            Ok(told) if told.is_file() => {}
            Ok(_) => continue,
            Err(e) if e.kind() == ErrorKind::NotFound => continue,
            Err(e) => return Err(Error::new(e.kind(), format!("{}: {e}", path.display()))),
        }
        let mut bytes = Vec::new();
        let open = File::open(&path)?;
        open.take(ATTACHMENT_BYTES + 1).read_to_end(&mut bytes)?;
        files.insert(name, bytes.into());
    }
    Ok(files)
}

fn bounded(file: &Path, most: u64) -> Result<String> {
    let named = |e: Error| Error::new(e.kind(), format!("{}: {e}", file.display()));
    let mut text = String::new();
    let open = File::open(file).map_err(named)?;
    open.take(most + 1)
        .read_to_string(&mut text)
        .map_err(named)?;
    if text.len() as u64 > most {
        let fault = format!("{}: longer than {most} bytes", file.display());
        return Err(Error::new(ErrorKind::FileTooLarge, fault));
    }
    Ok(text)
}
