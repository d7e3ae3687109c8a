//! 证书登记: what was issued, under which code, and whether it still holds.

use domain::certificate::{Certificate, check_again, revoke as may_revoke};
use domain::refusal::Refusal;
use domain::text::printed_number;
use entity::{certificate, entry};
use serde_json::json;

use super::{Honoured, Sheet, draw};
use crate::app::campaigns::{self, Campaign};
use crate::app::messages;
use crate::clock::new_id;
use crate::db::certificates as rows;
use crate::db::events::{self, By};
use crate::error::{Error, Result};
use crate::security::random_code;
use crate::state::Shared;

/// A certificate on the register.
pub struct Issued {
    pub row: certificate::Model,
    pub certificate: Certificate,
}

impl Issued {
    fn of(row: certificate::Model) -> Result<Issued> {
        let certificate = rows::to_certificate(&row)?;
        Ok(Issued { row, certificate })
    }
}

/// Puts a list on the register: those that are new get a code, the others keep theirs. Refused as a whole, with every
/// fault, when a number stands for something else or was withdrawn.
pub(super) async fn enter(
    app: &Shared,
    campaign: &Campaign,
    by: &By,
    honoured: &[Honoured],
    sheets: Vec<Sheet>,
) -> Result<Vec<Sheet>> {
    let (app2, campaign_id, by) = (app.clone(), campaign.head.id.clone(), by.clone());
    let prefix = campaign.notice.region[..2].to_owned();
    let asked: Vec<(Certificate, Option<String>)> = sheets
        .into_iter()
        .zip(honoured)
        .map(|(sheet, one)| (sheet.certificate, one.entry.clone()))
        .collect();
    let Some((first, _)) = asked.first() else {
        return Ok(vec![]);
    };
    let kind = first.kind;
    let body = json!({ "kind": kind, "title": first.title, "count": asked.len() });
    app.db
        .write(move |tx| {
            Box::pin(async move {
                // first of all: it keeps two who issue at once apart
                let told = "certificates_issued";
                events::append_raw(tx, &campaign_id, None, &by, told, &body).await?;
                let numbers: Vec<String> = asked.iter().map(|(c, _)| c.number.clone()).collect();
                let known = rows::numbered(tx, &campaign_id, kind, &numbers).await?;
                let (mut sheets, mut new, mut faults) = (Vec::new(), Vec::new(), Vec::new());
                for (certificate, entry_id) in asked {
                    let code = match known.iter().find(|r| r.number == certificate.number) {
                        Some(row) => {
                            let issued = rows::to_certificate(row)?;
                            let revoked = row.revoked_at.is_some();
                            faults.extend(check_again(&issued, revoked, &certificate).err());
                            row.code.clone()
                        }
                        None => {
                            let code = format!("{prefix}-{}", random_code(10));
                            new.push(row(&certificate, &campaign_id, &code, entry_id, &by)?);
                            code
                        }
                    };
                    sheets.push(Sheet {
                        certificate,
                        code: Some(code),
                    });
                }
                if !faults.is_empty() {
                    let message = "名单中有编号不能使用，未登记任何证书";
                    let refusal = Refusal::with("certificates_refused", message, faults);
                    return Err(refusal.into());
                }
                let of_entries: Vec<String> =
                    new.iter().filter_map(|r| r.entry_id.clone()).collect();
                rows::insert(tx, new).await?;
                for entry in of_entries {
                    messages::plan_certificate(&app2, tx, &entry, by.at).await?;
                }
                Ok(sheets)
            })
        })
        .await
}

fn row(
    c: &Certificate,
    campaign: &str,
    code: &str,
    entry_id: Option<String>,
    by: &By,
) -> Result<certificate::Model> {
    Ok(certificate::Model {
        id: new_id(),
        campaign_id: campaign.to_owned(),
        kind: c.kind.as_str().into(),
        number: c.number.clone(),
        name: c.name.clone(),
        title: c.title.clone(),
        text: c.text.clone(),
        agencies: serde_json::to_string(&c.agencies)?,
        date: c.date.clone(),
        code: code.to_owned(),
        entry_id,
        issued_by: by.id.clone(),
        issued_at: by.at,
        revoked_at: None,
        reason: None,
    })
}

/// The register of a campaign, newest first, a page.
pub async fn list(
    app: &Shared,
    campaign: &Campaign,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<Issued>> {
    let found = rows::list(app.db.read(), &campaign.head.id, before, limit).await?;
    found.into_iter().map(Issued::of).collect()
}

/// Withdraws one, for good, with a reason.
pub async fn revoke(
    app: &Shared,
    campaign: &Campaign,
    by: &By,
    id: &str,
    reason: String,
) -> Result<Issued> {
    let (campaign, by, id) = (campaign.head.id.clone(), by.clone(), id.to_owned());
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let mut row = rows::get(tx, &campaign, &id).await?;
                may_revoke(row.revoked_at.is_some())?;
                if !rows::revoke(tx, &id, by.at, &reason).await? {
                    return Err(Error::Busy);
                }
                let body = json!({ "certificate": id, "number": row.number, "reason": reason });
                let told = "certificate_revoked";
                events::append_raw(tx, &campaign, None, &by, told, &body).await?;
                (row.revoked_at, row.reason) = (Some(by.at), Some(reason));
                Ok(row)
            })
        })
        .await?;
    Issued::of(row)
}

/// Whoever scans the QR code finds it, with the title of its campaign.
pub async fn by_code(app: &Shared, code: &str) -> Result<(Issued, String)> {
    let row = rows::by_code(app.db.read(), &printed_number(code)).await?;
    let issued = Issued::of(row.ok_or(Error::Absent)?)?;
    let campaign = campaigns::by_id(app, &issued.row.campaign_id).await?;
    Ok((issued, campaign.head.title))
}

/// Those of an entry, oldest first.
pub async fn of_entry(app: &Shared, entry: &entry::Model) -> Result<Vec<Issued>> {
    let found = rows::of_entry(app.db.read(), &entry.id).await?;
    found.into_iter().map(Issued::of).collect()
}

/// An entry's certificate as PDF, with its frame; one that was withdrawn is absent.
pub async fn paper(app: &Shared, entry: &entry::Model, id: &str) -> Result<Vec<u8>> {
    let row = rows::get(app.db.read(), &entry.campaign_id, id).await?;
    if row.entry_id.as_ref() != Some(&entry.id) || row.revoked_at.is_some() {
        return Err(Error::Absent);
    }
    let (code, at) = (row.code.clone(), row.issued_at);
    let certificate = Issued::of(row)?.certificate;
    let sheet = Sheet {
        certificate,
        code: Some(code),
    };
    Ok(draw(app, &sheet, true, at).await?.pdf)
}
