//! 验真: the state of an original, found by the number printed on it; without personal data.

mod papers;

use documents::render::SlotBox;
use documents::verify::{Report, SignatureReport};
use domain::nomination::{SEAL, SEAL_LABEL};
use domain::text::printed_number;
use entity::{document, stamp};

pub use papers::{Fact, Kind, Paper, Worth, paper};

use super::campaigns::{self, Campaign};
use super::{proofs, reviews};
use crate::db::{documents as rows, entries, nominations, officers};
use crate::error::{Error, Result};
use crate::files;
use crate::security::sha256_hex;
use crate::state::Shared;

/// What an original is worth today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No office has stamped it yet.
    Unsealed,
    /// Sealed, and every seal verifies.
    Valid,
    /// The entry was mended and handed in again: another form took its place.
    Superseded,
    /// The entry or list was returned, or the entry declined or withdrawn: its seals do not count.
    Revoked,
    /// The stored file is not what was sealed.
    Altered,
}

impl Standing {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Unsealed => "unsealed",
            Standing::Valid => "valid",
            Standing::Superseded => "superseded",
            Standing::Revoked => "revoked",
            Standing::Altered => "altered",
        }
    }
}

/// A seal on the original.
#[derive(Debug, Clone)]
pub struct SealLine {
    /// Box on the form, in words.
    pub slot: String,
    pub agency: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub valid: bool,
    /// Nothing came after it, not even another seal.
    pub covers_whole_file: bool,
    /// What it covers is what the office had looked at.
    pub reviewed: bool,
    /// What else there is to say of it, and what changed since.
    pub remarks: Vec<String>,
}

/// An original.
#[derive(Debug, Clone)]
pub struct Original {
    pub code: String,
    pub standing: Standing,
    pub campaign: String,
    pub form: String,
    /// Name of the account or work that was entered; of the body whose list (推荐表) it is.
    pub name: String,
    /// Empty for a list.
    pub category: String,
    pub round: i32,
    pub pages: i32,
    /// SHA-256 of the stored file, hexadecimal.
    pub sha256: String,
    pub issued_at: i64,
    pub seals: Vec<SealLine>,
    /// Boxes that are empty, in words: of offices that have not decided yet, or need not stamp.
    pub open: Vec<String>,
    /// Faults of the stored file as a whole.
    pub problems: Vec<String>,
}

/// How a copy compares with the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Byte for byte the stored file.
    Same,
    /// The stored file as it was before its last seals.
    Earlier,
    Different,
}

/// A copy beside its original.
#[derive(Debug)]
pub struct Compared {
    pub likeness: Likeness,
    /// Of the original: a copy may be true to one that does not count any more.
    pub standing: Standing,
    /// On the copy.
    pub report: Report,
}

/// Where whoever holds a paper looks its number up; printed as a QR code.
#[must_use]
pub fn address(app: &Shared, code: &str) -> String {
    format!("{}/v/{code}", app.settings.server.public_url)
}

/// The original of a number; an unknown number is absent.
pub async fn original(app: &Shared, code: &str) -> Result<Original> {
    of_form(app, numbered(app, code).await?).await
}

/// The original that had these bytes after one of its stamps, when it is one of this platform's.
pub async fn known(app: &Shared, bytes: &[u8]) -> Result<Option<Original>> {
    match rows::with_bytes(app.db.read(), &sha256_hex(bytes)).await? {
        Some(id) => {
            let form = rows::get(app.db.read(), &id).await?;
            Ok(Some(of_form(app, form).await?))
        }
        None => Ok(None),
    }
}

async fn of_form(app: &Shared, form: document::Model) -> Result<Original> {
    let of = subject(app, &form).await?;
    let stamps = rows::stamps_of(app.db.read(), &form.id).await?;
    let report = stored(app, &form, &stamps).await?;
    let set: Vec<&stamp::Model> = stamps.iter().filter(|s| s.done_at.is_some()).collect();
    Ok(Original {
        standing: standing(&of, &form, &set, report.as_ref()),
        seals: seals(app, &of, &set, report.as_ref()).await?,
        open: open(&of, &form, &set)?,
        problems: match set.is_empty() {
            true => Vec::new(),
            false => report.map_or(vec!["文件无法读取".into()], |r| r.problems),
        },
        category: of.category,
        campaign: of.campaign.head.title,
        form: of.form,
        name: of.name,
        code: form.code,
        round: form.round,
        pages: form.pages,
        sha256: form.sha256,
        issued_at: form.created_at,
    })
}

/// Compares a file with the original and judges its signatures.
pub async fn compare(app: &Shared, code: &str, bytes: Vec<u8>) -> Result<Compared> {
    let form = numbered(app, code).await?;
    let of = subject(app, &form).await?;
    let sha256 = sha256_hex(&bytes);
    let stamps = rows::stamps_of(app.db.read(), &form.id).await?;
    let own = stored(app, &form, &stamps).await?;
    let set: Vec<&stamp::Model> = stamps.iter().filter(|s| s.done_at.is_some()).collect();
    let standing = standing(&of, &form, &set, own.as_ref());
    let earlier = |s: &stamp::Model| {
        s.done_at.is_some()
            && (s.before_sha256 == sha256 || s.after_sha256.as_deref() == Some(sha256.as_str()))
    };
    let likeness = if sha256 == form.sha256 {
        Likeness::Same
    } else if stamps.iter().any(earlier) {
        Likeness::Earlier
    } else {
        Likeness::Different
    };
    // a copy is judged as the form whose number it bears, unless it is known to be another one
    let on_record = match likeness {
        Likeness::Same | Likeness::Earlier => None,
        Likeness::Different => proofs::stamps_of(app, &sha256).await?,
    };
    let report = match (likeness, own) {
        (Likeness::Same, Some(own)) => own,
        _ => proofs::judge(app, bytes, &on_record.unwrap_or(stamps)).await?,
    };
    Ok(Compared {
        likeness,
        standing,
        report,
    })
}

/// The verdict on the stored file; none where it is lost.
async fn stored(
    app: &Shared,
    form: &document::Model,
    stamps: &[stamp::Model],
) -> Result<Option<Report>> {
    match app.files.get(&form.sha256).await {
        Ok(bytes) => Ok(Some(proofs::judge(app, bytes, stamps).await?)),
        Err(fault) if files::is_lost(&fault) => {
            let code = &form.code;
            tracing::error!(code, error = %fault, "a form that was issued cannot be read");
            Ok(None)
        }
        // a store that is away says nothing about the form
        Err(fault) => Err(fault),
    }
}

/// What an original is the form of: an entry, or a list.
struct Subject {
    campaign: Campaign,
    /// Title of the form.
    form: String,
    name: String,
    category: String,
    /// The newest round.
    round: i32,
    /// It was returned, declined or withdrawn.
    ended: bool,
}

/// The form with this number, however it was typed.
async fn numbered(app: &Shared, code: &str) -> Result<document::Model> {
    let form = rows::by_code(app.db.read(), &printed_number(code)).await?;
    form.ok_or(Error::Absent)
}

async fn subject(app: &Shared, form: &document::Model) -> Result<Subject> {
    match nominations::get(app.db.read(), &form.entry_id).await {
        Err(Error::Absent) => entry(app, form).await,
        list => self::list(app, list?).await,
    }
}

/// Seals do not count on what an entry or a list in such a state was printed on.
pub(super) fn is_void(state: &str) -> bool {
    matches!(state, "returned" | "declined" | "withdrawn")
}

/// The entry as it is on the form: a returned applicant may be writing another name by now.
async fn entry(app: &Shared, form: &document::Model) -> Result<Subject> {
    let row = entries::get(app.db.read(), &form.entry_id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let notice = &campaign.notice;
    let handed_in = reviews::content(app, &row.id, form.round).await?;
    let (name, category) = match &handed_in {
        Some(content) => {
            let name = content.written.answers.text(&notice.form.name_field);
            (name.unwrap_or_default(), &content.written.choice.category)
        }
        None => (row.name.as_str(), &row.category),
    };
    Ok(Subject {
        category: super::papers::category(notice, category),
        form: notice.form.title.clone(),
        name: name.to_owned(),
        round: row.round,
        ended: is_void(&row.state),
        campaign,
    })
}

async fn list(app: &Shared, row: entity::nomination_list::Model) -> Result<Subject> {
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    let agency = officers::agency(app.db.read(), &row.agency_id).await?;
    let lists = campaign.notice.nomination.iter();
    let titles: Vec<&str> = lists.filter(|l| l.form).map(|l| l.label.as_str()).collect();
    Ok(Subject {
        category: String::new(),
        form: titles.join("、"),
        name: agency.map(|a| a.name).unwrap_or_default(),
        round: row.round.unwrap_or_default(),
        ended: is_void(&row.state),
        campaign,
    })
}

fn standing(
    of: &Subject,
    form: &document::Model,
    set: &[&stamp::Model],
    report: Option<&Report>,
) -> Standing {
    let void = set.iter().any(|s| s.live.is_none());
    if of.round > form.round {
        Standing::Superseded
    } else if void || of.ended {
        Standing::Revoked
    } else {
        match report {
            Some(_) if set.is_empty() => Standing::Unsealed,
            Some(r)
                if r.valid
                    && r.signatures.len() == set.len()
                    && set.iter().all(|s| signature(r, s).is_some()) =>
            {
                Standing::Valid
            }
            _ => Standing::Altered,
        }
    }
}

/// The signature of a stamp: in its box, by its certificate.
fn signature<'a>(report: &'a Report, stamp: &stamp::Model) -> Option<&'a SignatureReport> {
    let mut signatures = report.signatures.iter();
    signatures.find(|s| s.slot == stamp.slot && s.serial == stamp.serial)
}

const VOID: &str = "该轮申报（推荐表）已退回、撤回、终止或被新版本替代，此印章不再有效";

/// A box in words.
fn label(of: &Subject, slot: &str) -> String {
    let mut all = of.campaign.notice.step.iter().flat_map(|s| &s.slot);
    match all.find(|x| x.key == slot) {
        Some(found) => found.label.clone(),
        None if slot == SEAL => SEAL_LABEL.into(),
        None => slot.to_owned(),
    }
}

fn open(of: &Subject, form: &document::Model, set: &[&stamp::Model]) -> Result<Vec<String>> {
    let boxes: Vec<SlotBox> = serde_json::from_str(&form.slots)?;
    let empty = boxes.iter().filter(|b| set.iter().all(|s| s.slot != b.id));
    Ok(empty.map(|b| label(of, &b.id)).collect())
}

async fn seals(
    app: &Shared,
    of: &Subject,
    set: &[&stamp::Model],
    report: Option<&Report>,
) -> Result<Vec<SealLine>> {
    let ids = set.iter().map(|s| s.agency_id.clone()).collect();
    let agencies = officers::agencies(app.db.read(), ids).await?;
    let line = |s: &&stamp::Model| {
        let found = report.and_then(|r| signature(r, s));
        let void = of.ended || s.live.is_none();
        SealLine {
            slot: label(of, &s.slot),
            agency: agencies
                .iter()
                .find(|a| a.id == s.agency_id)
                .map(|a| a.name.clone())
                .unwrap_or_default(),
            at: s.done_at.unwrap_or_default(),
            valid: !void && found.is_some_and(|x| x.valid),
            covers_whole_file: found.is_some_and(|x| x.covers_whole_file),
            reviewed: found.is_some_and(|x| x.reviewed == Some(true)),
            remarks: match found {
                // what the certificate was worth then would read as if the seal still counted
                Some(x) if void => [&[VOID.to_owned()], x.changes.as_slice()].concat(),
                Some(x) => x.remarks.iter().chain(&x.changes).cloned().collect(),
                None if report.is_some() => vec!["文件中没有平台记录的这次签章".into()],
                None => Vec::new(),
            },
        }
    };
    Ok(set.iter().map(line).collect())
}
