//! 验真: the state of an original, found by the number printed on it; without personal data.

use documents::verify::Report;
use entity::{document, entry, stamp};

use super::campaigns::{self, Campaign};
use super::stamps;
use crate::db::{documents as rows, entries, officers};
use crate::error::{Error, Result};
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
    /// The entry was returned, declined or withdrawn: its seals are void.
    Revoked,
    /// The stored file is not what was sealed.
    Altered,
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
}

/// An original.
#[derive(Debug, Clone)]
pub struct Original {
    pub code: String,
    pub standing: Standing,
    pub campaign: String,
    pub form: String,
    /// Name of the account or work that was entered.
    pub name: String,
    pub category: String,
    pub round: i32,
    pub pages: i32,
    /// SHA-256 of the stored file, hexadecimal.
    pub sha256: String,
    pub issued_at: i64,
    pub seals: Vec<SealLine>,
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

/// The original of a number; an unknown number is absent.
pub async fn original(app: &Shared, code: &str) -> Result<Original> {
    let (form, row, campaign) = found(app, code).await?;
    let stamps = rows::stamps_of(app.db.read(), &form.id).await?;
    let report = match app.files.get(&form.sha256).await {
        Ok(bytes) => Some(report(app, bytes).await?),
        Err(fault) => {
            tracing::error!(code, error = %fault, "a form that was issued cannot be read");
            None
        }
    };
    let set: Vec<&stamp::Model> = stamps.iter().filter(|s| s.done_at.is_some()).collect();
    let category = campaign
        .notice
        .category
        .iter()
        .find(|c| c.key == row.category);
    Ok(Original {
        standing: standing(&row, &form, &set, report.as_ref()),
        seals: seals(app, &campaign, &set, report.as_ref()).await?,
        category: category.map_or(row.category.clone(), |c| c.label.clone()),
        campaign: campaign.head.title.clone(),
        form: campaign.notice.form.title.clone(),
        name: row.name,
        code: form.code,
        round: form.round,
        pages: form.pages,
        sha256: form.sha256,
        issued_at: form.created_at,
    })
}

/// Compares a file with the original and judges its signatures.
pub async fn compare(app: &Shared, code: &str, bytes: Vec<u8>) -> Result<(Likeness, Report)> {
    let (form, _, _) = found(app, code).await?;
    let sha256 = sha256_hex(&bytes);
    let stamps = rows::stamps_of(app.db.read(), &form.id).await?;
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
    Ok((likeness, report(app, bytes).await?))
}

async fn found(app: &Shared, code: &str) -> Result<(document::Model, entry::Model, Campaign)> {
    let form = rows::by_code(app.db.read(), code)
        .await?
        .ok_or(Error::Absent)?;
    let row = entries::get(app.db.read(), &form.entry_id).await?;
    let campaign = campaigns::by_id(app, &row.campaign_id).await?;
    Ok((form, row, campaign))
}

async fn report(app: &Shared, bytes: Vec<u8>) -> Result<Report> {
    let root = stamps::root(app).await?;
    tokio::task::spawn_blocking(move || documents::verify::verify(&bytes, &[root.certificate]))
        .await
        .map_err(|e| Error::Bug(e.to_string()))
}

fn standing(
    row: &entry::Model,
    form: &document::Model,
    set: &[&stamp::Model],
    report: Option<&Report>,
) -> Standing {
    let void = set.iter().any(|s| s.live.is_none());
    if row.round > form.round {
        Standing::Superseded
    } else if void || matches!(row.state.as_str(), "returned" | "declined" | "withdrawn") {
        Standing::Revoked
    } else {
        match report {
            Some(_) if set.is_empty() => Standing::Unsealed,
            Some(r) if r.valid && r.signatures.len() == set.len() => Standing::Valid,
            _ => Standing::Altered,
        }
    }
}

async fn seals(
    app: &Shared,
    campaign: &Campaign,
    set: &[&stamp::Model],
    report: Option<&Report>,
) -> Result<Vec<SealLine>> {
    let agencies = officers::agencies_of(app.db.read(), &campaign.head.id).await?;
    let slots: Vec<_> = campaign.notice.step.iter().flat_map(|s| &s.slot).collect();
    let line = |s: &&stamp::Model| SealLine {
        slot: slots
            .iter()
            .find(|x| x.key == s.slot)
            .map_or(s.slot.clone(), |x| x.label.clone()),
        agency: agencies
            .iter()
            .find(|a| a.id == s.agency_id)
            .map(|a| a.name.clone())
            .unwrap_or_default(),
        at: s.done_at.unwrap_or_default(),
        valid: s.live.is_some()
            && report.is_some_and(|r| r.signatures.iter().any(|x| x.slot == s.slot && x.valid)),
    };
    Ok(set.iter().map(line).collect())
}
