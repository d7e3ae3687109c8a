//! 附件: files that come with a notice. Kept with the campaign for good: who read one yesterday finds the same today.

use bytes::Bytes;
use domain::notice::{Attachment, Fault, Notice};
use domain::refusal::Refusal;
use entity::attachment;
use serde_json::json;

use super::campaigns::Campaign;
use super::virus_checks;
use crate::config::Limits;
use crate::db::events::{self, By};
use crate::db::{attachments as rows, campaigns};
use crate::error::{Error, Result};
use crate::media;
use crate::packs::{ATTACHMENT_BYTES, Attached};
use crate::state::Shared;

/// Faults of the files that a notice names: those of a folder, where all of them have to be.
pub async fn faults(limits: &Limits, notice: &Notice, files: &Attached) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for attachment in &notice.attachment {
        let Some(bytes) = files.get(&attachment.file) else {
            faults.push(missing(attachment));
            continue;
        };
        if let Err(error) = judge(limits, attachment, bytes.clone()).await {
            faults.push(unusable(attachment, error)?);
        }
    }
    Ok(faults)
}

async fn judge(limits: &Limits, attachment: &Attachment, bytes: Bytes) -> Result<()> {
    let kind = attachment.kind().ok_or(Error::Absent)?;
    media::attachment(bytes, kind, &bounds(limits)).await
}

/// However long a PDF of an applicant may be.
fn bounds(limits: &Limits) -> Limits {
    Limits {
        pdf_bytes: limits.pdf_bytes.min(ATTACHMENT_BYTES),
        ..limits.clone()
    }
}

fn missing(attachment: &Attachment) -> Fault {
    let message = format!("文件夹里没有“{}”，请放入，或者更正文件名", attachment.file);
    fault(attachment, "attachment_missing", message)
}

/// A verdict on the file as a fault of the pack; anything else stays an error.
fn unusable(attachment: &Attachment, error: Error) -> Result<Fault> {
    let message = match error {
        Error::Unsupported(v) | Error::TooLarge(v) => v.message,
        Error::Invalid(all) => all.into_iter().map(|v| v.message).collect(),
        other => return Err(other),
    };
    let message = format!("“{}”：{message}", attachment.file);
    Ok(fault(attachment, "attachment_unusable", message))
}

fn fault(attachment: &Attachment, code: &'static str, message: String) -> Fault {
    Fault {
        line: 0,
        path: format!("attachment.{}.file", attachment.key),
        code,
        message,
    }
}

/// Stores the bytes of a new campaign's attachments; their rows follow in its transaction.
pub async fn store(
    app: &Shared,
    campaign: &str,
    notice: &Notice,
    files: &Attached,
    now: i64,
) -> Result<Vec<attachment::Model>> {
    let mut kept = Vec::new();
    for attachment in &notice.attachment {
        if let Some(bytes) = files.get(&attachment.file) {
            kept.push(put(app, campaign, &attachment.key, bytes, now).await?);
        }
    }
    Ok(kept)
}

async fn put(
    app: &Shared,
    campaign: &str,
    key: &str,
    bytes: &[u8],
    now: i64,
) -> Result<attachment::Model> {
    Ok(attachment::Model {
        campaign_id: campaign.to_owned(),
        key: key.to_owned(),
        sha256: app.files.put(bytes).await?,
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        created_at: now,
    })
}

/// Keeps an attachment that the notice names and that was not sent along. The same file again changes nothing; another one is
/// refused, since people have read the first.
pub async fn keep(
    app: &Shared,
    by: &By,
    campaign: &Campaign,
    key: &str,
    bytes: Vec<u8>,
) -> Result<()> {
    let mut named = campaign.notice.attachment.iter();
    let attachment = named.find(|a| a.key == key).ok_or(Error::Absent)?;
    let bytes = Bytes::from(bytes);
    judge(&app.settings.limits, attachment, bytes.clone()).await?;
    let row = put(app, &campaign.head.id, key, &bytes, by.at).await?;
    let (app2, by) = (app.clone(), by.clone());
    app.db
        .write(move |tx| {
            Box::pin(async move {
                match rows::find(tx, &row.campaign_id, &row.key).await? {
                    Some(there) if there.sha256 == row.sha256 => return Ok(()),
                    Some(_) => {
                        let message = "这份附件已经公布，不能更换；内容有变的，请另行通知";
                        let refusal = Refusal::new("attachment_there", message);
                        return Err(Error::Conflict(refusal));
                    }
                    None => {}
                }
                let told = json!({ "key": row.key, "sha256": row.sha256 });
                let campaign = row.campaign_id.clone();
                virus_checks::open(&app2, tx, &row.sha256).await?;
                rows::insert(tx, row).await?;
                campaigns::touch(tx, &campaign).await?;
                events::append_raw(tx, &campaign, None, &by, "attachment_kept", &told).await
            })
        })
        .await?;
    virus_checks::wake(app);
    Ok(())
}

/// Attachments that are there, in the order of the notice.
pub fn of_campaign(campaign: &Campaign) -> impl Iterator<Item = (&Attachment, &attachment::Model)> {
    let rows = &campaign.attachments;
    let named = campaign.notice.attachment.iter();
    named.filter_map(|named| Some((named, rows.iter().find(|row| row.key == named.key)?)))
}
