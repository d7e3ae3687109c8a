//! Files across entries: who else has one, and how much somebody keeps.

use entity::entry::Column as E;
use entity::evidence::Column as F;
use entity::{entry, evidence};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::Conn;
use crate::error::Result;

fn with_entry(files: &mut Select<evidence::Entity>) {
    let its_entry = Expr::col((entry::Entity, E::Id)).equals((evidence::Entity, F::EntryId));
    QueryTrait::query(files).inner_join(entry::Entity, its_entry);
}

/// Other live entries of the campaign to which one of these files is attached: its SHA-256, their ids. So many at most.
pub async fn sharing(
    db: &Conn,
    campaign: &str,
    entry: &str,
    files: Vec<String>,
    limit: u64,
) -> Result<Vec<(String, String)>> {
    let mut shared = evidence::Entity::find()
        .filter(F::Sha256.is_in(files))
        .filter(E::CampaignId.eq(campaign))
        .filter(E::Id.ne(entry))
        .filter(E::State.is_in(["under_review", "returned", "endorsed"]))
        .select_only()
        .column(F::Sha256)
        .column(E::Id)
        .distinct()
        .order_by_asc(F::Sha256)
        .order_by_asc(E::Id)
        .limit(limit);
    with_entry(&mut shared);
    Ok(shared.into_tuple().all(db).await?)
}

/// Bytes of every file of an applicant's entries, withdrawn ones too: what was handed in stays.
pub async fn bytes_of_applicant(db: &Conn, applicant: &str) -> Result<u64> {
    let mut lengths = evidence::Entity::find()
        .filter(E::ApplicantId.eq(applicant))
        .select_only()
        .column(F::Bytes);
    with_entry(&mut lengths);
    // summed here: what a sum of 64-bit numbers is differs between databases
    let lengths: Vec<i64> = lengths.into_tuple().all(db).await?;
    let known = lengths.into_iter().filter_map(|n| u64::try_from(n).ok());
    Ok(known.sum())
}
