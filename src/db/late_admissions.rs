//! The docket of late admissions.

use std::collections::HashMap;

use entity::{applicant, late_admission, officer};
use late_admission::Column as C;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::Conn;
use crate::error::{Error, Result};

/// An open late admission of an applicant that no other entry was handed in by.
pub async fn open(
    db: &Conn,
    campaign: &str,
    applicant: &str,
    entry: Option<&str>,
    now: i64,
) -> Result<Option<late_admission::Model>> {
    let open = late_admission::Entity::find()
        .filter(C::CampaignId.eq(campaign))
        .filter(C::ApplicantId.eq(applicant))
        .filter(C::Until.gt(now))
        .filter(C::WithdrawnAt.is_null())
        .filter(free_for(entry))
        .order_by_desc(C::Id);
    Ok(open.one(db).await?)
}

fn free_for(entry: Option<&str>) -> Condition {
    let unused = Condition::any().add(C::EntryId.is_null());
    match entry {
        Some(entry) => unused.add(C::EntryId.eq(entry)),
        None => unused,
    }
}

/// One of a campaign.
pub async fn get(db: &Conn, campaign: &str, id: &str) -> Result<late_admission::Model> {
    let row = late_admission::Entity::find_by_id(id).filter(C::CampaignId.eq(campaign));
    row.one(db).await?.ok_or(Error::Absent)
}

/// Stores a late admission.
pub async fn insert(tx: &Conn, row: late_admission::Model) -> Result<()> {
    late_admission::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notes which entry came by an admission; busy when it was used or withdrawn meanwhile.
pub async fn set_entry(tx: &Conn, id: &str, entry: &str) -> Result<()> {
    let change = late_admission::ActiveModel {
        entry_id: Set(Some(entry.to_owned())),
        ..Default::default()
    };
    change_free(tx, id, Some(entry), change).await
}

/// Withdraws one that no entry came by; busy when one did meanwhile.
pub async fn withdraw(tx: &Conn, id: &str, now: i64) -> Result<()> {
    let change = late_admission::ActiveModel {
        withdrawn_at: Set(Some(now)),
        ..Default::default()
    };
    change_free(tx, id, None, change).await
}

async fn change_free(
    tx: &Conn,
    id: &str,
    entry: Option<&str>,
    change: late_admission::ActiveModel,
) -> Result<()> {
    let changed = late_admission::Entity::update_many()
        .set(change)
        .filter(C::Id.eq(id))
        .filter(C::WithdrawnAt.is_null())
        .filter(free_for(entry))
        .exec(tx)
        .await?;
    match changed.rows_affected {
        1 => Ok(()),
        _ => Err(Error::Busy),
    }
}

/// A line with the applicant and the officer who decided it, where they are still there.
pub type Line = (
    late_admission::Model,
    Option<applicant::Model>,
    Option<officer::Model>,
);

/// A page of a campaign's docket, newest first.
pub async fn page(
    db: &Conn,
    campaign: &str,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<Line>> {
    let mut query = late_admission::Entity::find().filter(C::CampaignId.eq(campaign));
    if let Some(before) = before {
        query = query.filter(C::Id.lt(before));
    }
    let rows = query.order_by_desc(C::Id).limit(limit).all(db).await?;
    let applicants = applicant::Entity::find()
        .filter(applicant::Column::Id.is_in(rows.iter().map(|r| &r.applicant_id)))
        .all(db)
        .await?;
    let officers = officer::Entity::find()
        .filter(officer::Column::Id.is_in(rows.iter().map(|r| &r.approved_by)))
        .all(db)
        .await?;
    let applicants: HashMap<_, _> = applicants.into_iter().map(|a| (a.id.clone(), a)).collect();
    let officers: HashMap<_, _> = officers.into_iter().map(|o| (o.id.clone(), o)).collect();
    let line = |row: late_admission::Model| {
        let (applicant, officer) = (
            applicants.get(&row.applicant_id).cloned(),
            officers.get(&row.approved_by).cloned(),
        );
        (row, applicant, officer)
    };
    Ok(rows.into_iter().map(line).collect())
}
