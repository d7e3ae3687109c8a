//! Which objects of the store rows mention.

use std::collections::{BTreeSet, HashSet};

use entity::{
    attachment, document, evidence, evidence_copy, installation, nomination_list, scan_box, seal,
    stamp, submitted_file, upload_part,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::Conn;
use crate::error::Result;

/// Keys asked about in one statement.
const AT_ONCE: usize = 500;

/// What is asked of a column.
enum Asked<'a> {
    /// Which of these it holds.
    Among(&'a [String]),
    /// The next so many it holds, in order.
    After(&'a str, u64),
}

/// Every column that holds names of objects, with its answer. A test holds this list against the tables.
async fn ask(db: &Conn, asked: &Asked<'_>) -> Result<Vec<(&'static str, Vec<String>)>> {
    use {attachment::Column as A, document::Column as D};
    use {evidence::Column as E, installation::Column as I, nomination_list::Column as N};
    use {evidence_copy::Column as C, submitted_file::Column as F, upload_part::Column as U};
    use {scan_box::Column as B, seal::Column as S, stamp::Column as T};
    type Rows = (
        attachment::Entity,
        document::Entity,
        evidence::Entity,
        evidence_copy::Entity,
        installation::Entity,
        nomination_list::Entity,
        scan_box::Entity,
        seal::Entity,
        stamp::Entity,
        submitted_file::Entity,
    );
    let (a, d, e, c, i, n, b, s, t, f) = Rows::default();
    Ok(vec![
        ("attachment.sha256", of(db, a, A::Sha256, asked).await?),
        ("document.sha256", of(db, d, D::Sha256, asked).await?),
        ("evidence.sha256", of(db, e, E::Sha256, asked).await?),
        ("evidence_copy.sha256", of(db, c, C::Sha256, asked).await?),
        (
            "installation.marker_sha256",
            of(db, i, I::MarkerSha256, asked).await?,
        ),
        (
            "nomination_list.document_sha256",
            of(db, n, N::DocumentSha256, asked).await?,
        ),
        (
            "scan_box.picture_sha256",
            of(db, b, B::PictureSha256, asked).await?,
        ),
        ("seal.image_sha256", of(db, s, S::ImageSha256, asked).await?),
        (
            "stamp.before_sha256",
            of(db, t, T::BeforeSha256, asked).await?,
        ),
        (
            "stamp.after_sha256",
            of(db, t, T::AfterSha256, asked).await?,
        ),
        ("submitted_file.sha256", of(db, f, F::Sha256, asked).await?),
        ("upload_part.sha256", {
            // the others lie in the files of their uploads
            let objects = upload_part::Entity::find().filter(U::InPlace.is_null());
            of_rows(db, objects, U::Sha256, asked).await?
        }),
    ])
}

async fn of<E: EntityTrait>(
    db: &Conn,
    _: E,
    column: E::Column,
    asked: &Asked<'_>,
) -> Result<Vec<String>> {
    of_rows(db, E::find(), column, asked).await
}

async fn of_rows<E: EntityTrait>(
    db: &Conn,
    rows: Select<E>,
    column: E::Column,
    asked: &Asked<'_>,
) -> Result<Vec<String>> {
    let names = rows.select_only().column(column).distinct();
    let names = match asked {
        Asked::Among(keys) => names.filter(column.is_in(keys.iter())),
        Asked::After(key, limit) => names
            .filter(column.gt(*key))
            .order_by_asc(column)
            .limit(*limit),
    };
    Ok(names.into_tuple().all(db).await?)
}

/// Those of the keys that a row mentions.
pub async fn mentioned(db: &Conn, keys: &[String]) -> Result<HashSet<String>> {
    let mut mentioned = HashSet::new();
    for some in keys.chunks(AT_ONCE) {
        let told = ask(db, &Asked::Among(some)).await?;
        mentioned.extend(told.into_iter().flat_map(|(_, found)| found));
    }
    Ok(mentioned)
}

/// The next objects that rows mention, in the order of their names.
pub async fn page(db: &Conn, after: &str, limit: u64) -> Result<Vec<String>> {
    let told = ask(db, &Asked::After(after, limit)).await?;
    let all: BTreeSet<String> = told.into_iter().flat_map(|(_, found)| found).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(all.into_iter().take(limit).collect())
}

/// The columns that mention an object, as `table.column`.
pub async fn columns(db: &Conn, key: &str) -> Result<Vec<&'static str>> {
    let told = ask(db, &Asked::Among(&[key.to_owned()])).await?;
    let holding = told.into_iter().filter(|(_, found)| !found.is_empty());
    Ok(holding.map(|(column, _)| column).collect())
}

/// Every column that is asked.
pub async fn asked(db: &Conn) -> Result<Vec<&'static str>> {
    let told = ask(db, &Asked::Among(&[])).await?;
    Ok(told.into_iter().map(|(column, _)| column).collect())
}
