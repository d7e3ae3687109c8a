//! Files that come in parts.

use std::collections::HashSet;

use entity::{upload, upload_part};
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use super::Conn;
use crate::error::{Error, Result};

/// An applicant's own; any other, and one that is over, is absent.
pub async fn of_applicant(db: &Conn, applicant: &str, id: &str, now: i64) -> Result<upload::Model> {
    let row = upload::Entity::find_by_id(id)
        .filter(upload::Column::ApplicantId.eq(applicant))
        .filter(upload::Column::ExpiresAt.gt(now))
        .one(db);
    row.await?.ok_or(Error::Absent)
}

/// The same, with one of its parts.
pub async fn with_part(
    db: &Conn,
    applicant: &str,
    id: &str,
    number: i32,
    now: i64,
) -> Result<(upload::Model, Option<upload_part::Model>)> {
    use upload_part::Column as P;
    let part = upload::Entity::belongs_to(upload_part::Entity)
        .from(upload::Column::Id)
        .to(P::UploadId)
        .on_condition(move |_, part| Expr::col((part, P::Number)).eq(number).into_condition());
    let row = upload::Entity::find_by_id(id)
        .filter(upload::Column::ApplicantId.eq(applicant))
        .filter(upload::Column::ExpiresAt.gt(now))
        .join(JoinType::LeftJoin, part.into())
        .select_also(upload_part::Entity)
        .one(db);
    row.await?.ok_or(Error::Absent)
}

/// An applicant's uploads under way, oldest first.
pub async fn open(db: &Conn, applicant: &str, now: i64) -> Result<Vec<upload::Model>> {
    use upload::Column as U;
    Ok(under_way(applicant, now)
        .order_by_asc(U::Id)
        .limit(100)
        .all(db)
        .await?)
}

/// Bytes that they will have.
pub async fn bytes_open(db: &Conn, applicant: &str, now: i64) -> Result<u64> {
    let lengths = under_way(applicant, now)
        .select_only()
        .column(upload::Column::Bytes);
    let lengths: Vec<i64> = lengths.into_tuple().all(db).await?;
    let known = lengths.into_iter().filter_map(|n| u64::try_from(n).ok());
    Ok(known.sum())
}

/// Whether one of these files was announced before an instant.
pub async fn begun_before(db: &Conn, files: Vec<String>, instant: i64) -> Result<bool> {
    if files.is_empty() {
        return Ok(false);
    }
    let earlier = upload::Entity::find()
        .filter(upload::Column::EvidenceId.is_in(files))
        .filter(upload::Column::CreatedAt.lt(instant));
    Ok(earlier.count(db).await? > 0)
}

/// How many of them.
pub async fn count_open(db: &Conn, applicant: &str, now: i64) -> Result<u64> {
    Ok(under_way(applicant, now).count(db).await?)
}

fn under_way(applicant: &str, now: i64) -> sea_orm::Select<upload::Entity> {
    use upload::Column as U;
    upload::Entity::find()
        .filter(U::ApplicantId.eq(applicant))
        .filter(U::EvidenceId.is_null())
        .filter(U::ExpiresAt.gt(now))
}

/// Those of these that are under way.
pub async fn among(db: &Conn, ids: Vec<String>) -> Result<HashSet<String>> {
    use upload::Column as U;
    let there: Vec<String> = upload::Entity::find()
        .select_only()
        .column(U::Id)
        .filter(U::Id.is_in(ids))
        .filter(U::EvidenceId.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(there.into_iter().collect())
}

/// Stores a new one.
pub async fn insert(tx: &Conn, row: upload::Model) -> Result<()> {
    upload::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Parts of an upload in order.
pub async fn parts(db: &Conn, upload: &str) -> Result<Vec<upload_part::Model>> {
    use upload_part::Column as P;
    Ok(upload_part::Entity::find()
        .filter(P::UploadId.eq(upload))
        .order_by_asc(P::Number)
        .all(db)
        .await?)
}

/// Parts of several uploads.
pub async fn parts_of(db: &Conn, uploads: Vec<String>) -> Result<Vec<upload_part::Model>> {
    use upload_part::Column as P;
    Ok(upload_part::Entity::find()
        .filter(P::UploadId.is_in(uploads))
        .order_by_asc(P::Number)
        .all(db)
        .await?)
}

/// Stores a part, and puts the end of its upload off.
pub async fn add_part(tx: &Conn, row: upload_part::Model, expires_at: i64) -> Result<()> {
    let upload = row.upload_id.clone();
    upload_part::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    let change = upload::ActiveModel {
        expires_at: Set(expires_at),
        ..Default::default()
    };
    change_one(tx, &upload, change).await
}

/// It became this piece of evidence; its parts are nobody's any more.
pub async fn finish(tx: &Conn, id: &str, evidence: &str) -> Result<()> {
    let change = upload::ActiveModel {
        evidence_id: Set(Some(evidence.to_owned())),
        ..Default::default()
    };
    change_one(tx, id, change).await?;
    remove_parts(tx, vec![id.to_owned()]).await
}

async fn change_one(tx: &Conn, id: &str, change: upload::ActiveModel) -> Result<()> {
    upload::Entity::update_many()
        .set(change)
        .filter(upload::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn remove_parts(tx: &Conn, uploads: Vec<String>) -> Result<()> {
    upload_part::Entity::delete_many()
        .filter(upload_part::Column::UploadId.is_in(uploads))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes uploads with their parts.
pub async fn remove(tx: &Conn, ids: Vec<String>) -> Result<()> {
    remove_parts(tx, ids.clone()).await?;
    upload::Entity::delete_many()
        .filter(upload::Column::Id.is_in(ids))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ids of uploads that are over, some of them.
pub async fn expired(db: &Conn, now: i64, limit: u64) -> Result<Vec<String>> {
    use upload::Column as U;
    Ok(upload::Entity::find()
        .select_only()
        .column(U::Id)
        .filter(U::ExpiresAt.lte(now))
        .order_by_asc(U::ExpiresAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}
