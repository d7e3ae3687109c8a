//! 逾期申报: one applicant admitted after closing, by a named officer, with a reason.

use domain::actor::Officer;
use domain::form_check::is_mobile;
use entity::{applicant, late_admission};

use super::applicants::{masked, phone_index};
use super::campaigns::Campaign;
use crate::clock::new_id;
use crate::db::events::{self, By};
use crate::db::{applicants, late_admissions};
use crate::error::{Error, Result, invalid};
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

/// Admits one applicant after closing, by the officer who decides it; written to the trail.
pub async fn admit(
    app: &Shared,
    who: &Officer,
    campaign: &Campaign,
    whom: Whom,
    reason: String,
    until: i64,
) -> Result<Line> {
    let by = By::officer(who, app.now());
    if reason.trim().is_empty() {
        return Err(invalid(
            "reason",
            "reason_missing",
            "请写明准予逾期申报的理由",
        ));
    }
    if until <= by.at {
        return Err(invalid("until", "window_order", "准予期限须晚于现在"));
    }
    let applicant = find(app, whom).await?;
    let row = late_admission::Model {
        id: new_id(),
        campaign_id: campaign.head.id.clone(),
        applicant_id: applicant.id.clone(),
        reason,
        approved_by: by.id.clone(),
        until,
        entry_id: None,
        created_at: by.at,
    };
    let kept = row.clone();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                let body = serde_json::json!({ "applicant": kept.applicant_id, "reason": kept.reason, "until": kept.until });
                let campaign = kept.campaign_id.clone();
                late_admissions::insert(tx, kept).await?;
                events::append_raw(tx, &campaign, None, &by, "late_admitted", &body).await
            })
        })
        .await?;
    Ok(Line {
        row,
        phone: masked(app, &applicant)?,
        approved_by: who.name.clone(),
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
