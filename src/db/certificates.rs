//! The register of certificates.

use domain::certificate::{Certificate, Kind};
use entity::certificate;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::Conn;
use crate::error::{Error, Result};

/// Rows of one statement; SQLite takes 32,766 values.
const AT_ONCE: usize = 100;

/// Row → value.
pub fn to_certificate(row: &certificate::Model) -> Result<Certificate> {
    let kind = Kind::of(&row.kind);
    Ok(Certificate {
        kind: kind.ok_or_else(|| Error::Bug(format!("kind of certificate {}", row.id)))?,
        number: row.number.clone(),
        name: row.name.clone(),
        title: row.title.clone(),
        text: row.text.clone(),
        agencies: serde_json::from_str(&row.agencies)?,
        date: row.date.clone(),
    })
}

/// Those of a campaign and kind that have one of these numbers.
pub async fn numbered(
    db: &Conn,
    campaign: &str,
    kind: Kind,
    numbers: &[String],
) -> Result<Vec<certificate::Model>> {
    use certificate::Column as C;
    let mut found = Vec::new();
    for some in numbers.chunks(AT_ONCE) {
        let rows = certificate::Entity::find()
            .filter(C::CampaignId.eq(campaign))
            .filter(C::Kind.eq(kind.as_str()))
            .filter(C::Number.is_in(some));
        found.extend(rows.all(db).await?);
    }
    Ok(found)
}

/// Everything that was given out in a campaign and kind, withdrawn or not.
pub async fn given(db: &Conn, campaign: &str, kind: Kind) -> Result<Vec<certificate::Model>> {
    use certificate::Column as C;
    let all = certificate::Entity::find()
        .filter(C::CampaignId.eq(campaign))
        .filter(C::Kind.eq(kind.as_str()));
    Ok(all.all(db).await?)
}

/// Puts new ones on the register.
pub async fn insert(tx: &Conn, rows: Vec<certificate::Model>) -> Result<()> {
    let mut rows = rows
        .into_iter()
        .map(IntoActiveModel::into_active_model)
        .peekable();
    while rows.peek().is_some() {
        certificate::Entity::insert_many(rows.by_ref().take(AT_ONCE).collect::<Vec<_>>())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Those of a campaign, newest first, a page.
pub async fn list(
    db: &Conn,
    campaign: &str,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<certificate::Model>> {
    use certificate::Column as C;
    let mut rows = certificate::Entity::find().filter(C::CampaignId.eq(campaign));
    if let Some(before) = before {
        rows = rows.filter(C::Id.lt(before));
    }
    Ok(rows.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// Those of an entry, oldest first.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<certificate::Model>> {
    use certificate::Column as C;
    Ok(certificate::Entity::find()
        .filter(C::EntryId.eq(entry))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// By the code that the QR code holds.
pub async fn by_code(db: &Conn, code: &str) -> Result<Option<certificate::Model>> {
    let row = certificate::Entity::find().filter(certificate::Column::Code.eq(code));
    Ok(row.one(db).await?)
}

/// One of a campaign; any other is absent.
pub async fn get(db: &Conn, campaign: &str, id: &str) -> Result<certificate::Model> {
    let row = certificate::Entity::find_by_id(id)
        .filter(certificate::Column::CampaignId.eq(campaign))
        .one(db);
    row.await?.ok_or(Error::Absent)
}

/// Marks one as withdrawn; `false` when somebody did so meanwhile.
pub async fn revoke(tx: &Conn, id: &str, at: i64, reason: &str) -> Result<bool> {
    use certificate::Column as C;
    let change = certificate::ActiveModel {
        revoked_at: Set(Some(at)),
        reason: Set(Some(reason.to_owned())),
        ..Default::default()
    };
    let done = certificate::Entity::update_many()
        .set(change)
        .filter(C::Id.eq(id))
        .filter(C::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}
