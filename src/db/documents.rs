//! Rendered forms, their stamps and the embedded authority.

use domain::refusal::Refusal;
use entity::{authority, document, stamp};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};

use super::Conn;
use crate::error::{Error, Result};

/// The form of a round.
pub async fn of_round(db: &Conn, entry: &str, round: u32) -> Result<Option<document::Model>> {
    use document::Column as D;
    Ok(document::Entity::find()
        .filter(D::EntryId.eq(entry))
        .filter(D::Round.eq(round))
        .one(db)
        .await?)
}

/// By the number printed on it.
pub async fn by_code(db: &Conn, code: &str) -> Result<Option<document::Model>> {
    Ok(document::Entity::find()
        .filter(document::Column::Code.eq(code))
        .one(db)
        .await?)
}

/// By its id.
pub async fn get(db: &Conn, id: &str) -> Result<document::Model> {
    let form = document::Entity::find_by_id(id).one(db).await?;
    form.ok_or(Error::Absent)
}

/// Id of the form whose stored file had these bytes after one of its stamps.
pub async fn with_bytes(db: &Conn, sha256: &str) -> Result<Option<String>> {
    let stamp = stamp::Entity::find().filter(stamp::Column::AfterSha256.eq(sha256));
    Ok(stamp.one(db).await?.map(|s| s.document_id))
}

/// Every form of an entry, the newest last.
pub async fn of_entry(db: &Conn, entry: &str) -> Result<Vec<document::Model>> {
    let forms = document::Entity::find().filter(document::Column::EntryId.eq(entry));
    Ok(forms.order_by_asc(document::Column::Round).all(db).await?)
}

/// Every form of several entries, the newest last.
pub async fn of_entries(db: &Conn, entries: Vec<String>) -> Result<Vec<document::Model>> {
    let forms = document::Entity::find().filter(document::Column::EntryId.is_in(entries));
    Ok(forms.order_by_asc(document::Column::Round).all(db).await?)
}

/// Stores a rendered form.
pub async fn insert(tx: &Conn, row: document::Model) -> Result<()> {
    document::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Moves a form on to its stamped bytes; refuses when it moved meanwhile.
pub async fn move_on(tx: &Conn, form: &document::Model, sha256: &str) -> Result<()> {
    use document::Column as D;
    let change = document::ActiveModel {
        sha256: Set(sha256.to_owned()),
        version: Set(form.version + 1),
        ..Default::default()
    };
    let moved = document::Entity::update_many()
        .set(change)
        .filter(D::Id.eq(&form.id))
        .filter(D::Version.eq(form.version))
        .exec(tx)
        .await?;
    if moved.rows_affected == 1 {
        Ok(())
    } else {
        Err(Error::Stale {
            sent: form.version,
            stored: form.version + 1,
        })
    }
}

/// Live stamps of a round, done or planned.
pub async fn stamps(db: &Conn, entry: &str, round: u32) -> Result<Vec<stamp::Model>> {
    use stamp::Column as S;
    let live = stamp::Entity::find()
        .filter(S::EntryId.eq(entry))
        .filter(S::Round.eq(round))
        .filter(S::Live.eq(1));
    Ok(live.order_by_asc(S::Id).all(db).await?)
}

/// Every stamp of a form, void ones too, in the order they were planned.
pub async fn stamps_of(db: &Conn, form: &str) -> Result<Vec<stamp::Model>> {
    let all = stamp::Entity::find().filter(stamp::Column::DocumentId.eq(form));
    Ok(all.order_by_asc(stamp::Column::Id).all(db).await?)
}

/// Stamps that are set on any of these, as (entry or list, round).
pub async fn stamped(db: &Conn, ids: Vec<String>) -> Result<Vec<(String, i32)>> {
    use stamp::Column as S;
    let done = stamp::Entity::find()
        .filter(S::EntryId.is_in(ids))
        .filter(S::Live.eq(1))
        .filter(S::State.eq("done"));
    let rows = done.all(db).await?.into_iter();
    Ok(rows.map(|s| (s.entry_id, s.round)).collect())
}

/// Records that a stamp is going to be set.
pub async fn plan(tx: &Conn, row: stamp::Model) -> Result<()> {
    stamp::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Records that it was set; refused when the plan was given up meanwhile, so that a box never holds what nobody counts.
pub async fn done(tx: &Conn, id: &str, after: &str, now: i64) -> Result<()> {
    use stamp::Column as S;
    let change = stamp::ActiveModel {
        state: Set("done".into()),
        after_sha256: Set(Some(after.to_owned())),
        done_at: Set(Some(now)),
        ..Default::default()
    };
    let planned = stamp::Entity::update_many()
        .set(change)
        .filter(S::Id.eq(id))
        .filter(S::State.eq("planned"));
    if planned.exec(tx).await?.rows_affected == 1 {
        return Ok(());
    }
    let message = "盖章用时过长，已按未盖章处理，请重新查看后再盖";
    Err(Refusal::new("stamp_given_up", message).into())
}

/// Plans that were made at an instant or before and never carried out.
pub async fn planned_by(db: &Conn, at: i64) -> Result<Vec<stamp::Model>> {
    use stamp::Column as S;
    let planned = stamp::Entity::find()
        .filter(S::State.eq("planned"))
        .filter(S::PlannedAt.lte(at));
    Ok(planned.order_by_asc(S::Id).all(db).await?)
}

/// Gives a planned stamp up; false when it is not planned any more: set by now, or given up before.
pub async fn give_up(tx: &Conn, id: &str) -> Result<bool> {
    use stamp::Column as S;
    let planned = Condition::all()
        .add(S::Id.eq(id))
        .add(S::State.eq("planned"));
    Ok(void(tx, planned).await? == 1)
}

/// Voids every live stamp of an entry.
pub async fn void_stamps(tx: &Conn, entry: &str) -> Result<()> {
    let of_entry = Condition::all().add(stamp::Column::EntryId.eq(entry));
    void(tx, of_entry).await?;
    Ok(())
}

async fn void(tx: &Conn, which: Condition) -> Result<u64> {
    let voided = stamp::Entity::update_many()
        .col_expr(stamp::Column::State, Expr::value("void"))
        .col_expr(stamp::Column::Live, Expr::value(Option::<i32>::None))
        .filter(which)
        .filter(stamp::Column::Live.eq(1));
    Ok(voided.exec(tx).await?.rows_affected)
}

/// An embedded authority.
pub async fn authority(db: &Conn, id: &str) -> Result<Option<authority::Model>> {
    Ok(authority::Entity::find_by_id(id).one(db).await?)
}

/// Every embedded authority; there are two at most.
pub async fn authorities(db: &Conn) -> Result<Vec<authority::Model>> {
    Ok(authority::Entity::find()
        .order_by_asc(authority::Column::Id)
        .all(db)
        .await?)
}

/// Stores the embedded authority.
pub async fn keep_authority(tx: &Conn, row: authority::Model) -> Result<()> {
    authority::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
