//! 逾期申报: one applicant admitted after closing with one entry, by a named officer, with a reason.

use domain::actor::Officer;
use domain::form_check::is_mobile;
use domain::notice::Window;
use domain::refusal::Refusal;
use entity::{applicant, late_admission};
use serde_json::json;

use super::applicants::{masked, phone_index};
use super::campaigns::{Campaign, span};
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::idempotency::Call;
use crate::db::{applicants, late_admissions, officers};
use crate::error::{Error, Result, invalid, require_instant, require_reason};
use crate::state::Shared;

/// Who is admitted: the applicant's id, or the phone that the applicant is registered with.
#[derive(Debug, Clone)]
pub enum Whom {
    Id(String),
    Phone(String),
}

/// A line of the docket.
#[derive(Debug, Clone)]
pub struct Line {
    pub row: late_admission::Model,
    /// The applicant's phone, masked.
    pub phone: Option<String>,
    /// Name of the officer who decided it.
    pub approved_by: String,
}

/// Admits one applicant after closing, with one entry, by the officer who decides it; written to the trail. Not for longer than
/// entries are reviewed. The same key again gives the same admission.
pub async fn admit(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    whom: Whom,
    reason: String,
    until: i64,
    call: Call,
) -> Result<Line> {
    if let Some(earlier) = call.earlier(app.db.read()).await? {
        let row = late_admissions::get(app.db.read(), &campaign.head.id, &earlier).await?;
        return line(app, row).await;
    }
    let by = By::officer(who, app.now());
    require_reason(&reason, "请写明准予逾期申报的理由")?;
    require_instant("until", until)?;
    if until <= by.at {
        return Err(invalid("until", "window_order", "准予期限须晚于现在"));
    }
    if let Some((last, window)) = last_review(campaign)
        && until > window.closes
    {
        let message = format!("准予期限不能晚于审核结束：{}", span(last, window));
        return Err(invalid("until", "window_order", &message));
    }
    let applicant = find(app, whom).await?;
    let row = late_admission::Model {
        id: new_id(),
        campaign_id: campaign.head.id.clone(),
        applicant_id: applicant.id,
        reason,
        approved_by: by.id.clone(),
        until,
        entry_id: None,
        created_at: by.at,
        withdrawn_at: None,
    };
    let row = app
        .db
        .write(move |tx| {
            Box::pin(async move {
                let campaign = row.campaign_id.clone();
                if let Some(earlier) = call.earlier(tx).await? {
                    return late_admissions::get(tx, &campaign, &earlier).await;
                }
                let body = json!({ "applicant": row.applicant_id, "reason": row.reason, "until": row.until });
                late_admissions::insert(tx, row.clone()).await?;
                events::append_raw(tx, &campaign, None, &by, "late_admitted", &body).await?;
                call.keep(tx, row.id.clone(), by.at).await?;
                Ok(row)
            })
        })
        .await?;
    line(app, row).await
}

/// The stage in which entries are reviewed last; where the notice has none, its last stage.
fn last_review(campaign: &Campaign) -> Option<(&str, Window)> {
    let last = campaign.last_review();
    let last = last.or_else(|| campaign.stages().max_by_key(|(_, window)| window.closes));
    last.map(|(stage, window)| (stage.label.as_str(), window))
}

/// Withdraws an admission that no entry was handed in by, with a reason.
pub async fn withdraw(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    id: &str,
    reason: String,
) -> Result<()> {
    require_reason(&reason, "请写明撤销的理由")?;
    let (id, campaign, by) = (
        id.to_owned(),
        campaign.head.id.clone(),
        By::officer(who, app.now()),
    );
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let row = late_admissions::get(tx, &campaign, &id).await?;
                let over = |code, message| Err(Error::Conflict(Refusal::new(code, message)));
                if row.withdrawn_at.is_some() {
                    return over("admission_withdrawn", "该准予已撤销");
                }
                if row.entry_id.is_some() {
                    return over("admission_used", "申报人已凭该准予提交申报，请在审核中办理");
                }
                late_admissions::withdraw(tx, &id, by.at).await?;
                let body =
                    json!({ "admission": id, "applicant": row.applicant_id, "reason": reason });
                let kind = "late_admission_withdrawn";
                events::append_raw(tx, &campaign, None, &by, kind, &body).await
            })
        })
        .await
}

async fn line(app: &Shared, row: late_admission::Model) -> Result<Line> {
    let applicant = applicants::get(app.db.read(), &row.applicant_id).await?;
    let officer = officers::get(app.db.read(), &row.approved_by).await?;
    Ok(Line {
        phone: applicant.map(|a| masked(app, &a)).transpose()?.flatten(),
        approved_by: officer.map(|o| o.name).unwrap_or_default(),
        row,
    })
}

async fn find(app: &Shared, whom: Whom) -> Result<applicant::Model> {
    let found = match whom {
        Whom::Id(id) => applicants::get(app.db.read(), &id).await?,
        Whom::Phone(phone) if !is_mobile(&phone) => {
            return Err(invalid("phone", "field_format", "手机号码应为11位数字"));
        }
        Whom::Phone(phone) => {
            applicants::by_phone(app.db.read(), &phone_index(app, &phone)).await?
        }
    };
    found.ok_or(Error::Absent)
}

/// A page of the docket, newest first.
pub async fn docket(
    app: &Shared,
    campaign: &Campaign,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<Line>> {
    let rows = late_admissions::page(app.db.read(), &campaign.head.id, before, limit).await?;
    rows.into_iter()
        .map(|(row, applicant, officer)| {
            Ok(Line {
                phone: applicant.map(|a| masked(app, &a)).transpose()?.flatten(),
                approved_by: officer.map(|o| o.name).unwrap_or_default(),
                row,
            })
        })
        .collect()
}
