//! 行政区划: what lies in a region and what it is called in full.

use std::collections::HashSet;

use entity::region;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::Conn;
use crate::error::Result;

/// The regions right below a code, or the provinces; those no longer in force are left out.
pub async fn children(db: &Conn, code: Option<&str>) -> Result<Vec<region::Model>> {
    let parent = match code {
        Some(code) => region::Column::Parent.eq(code),
        None => region::Column::Parent.is_null(),
    };
    let below = region::Entity::find()
        .filter(parent)
        .filter(region::Column::ValidTo.is_null())
        .order_by_asc(region::Column::Code);
    Ok(below.all(db).await?)
}

/// A region and those around it, the province first; empty when the code is unknown. Codes out of
/// force are found too, because old entries carry them.
pub async fn path(db: &Conn, code: &str) -> Result<Vec<region::Model>> {
    if code.len() != 6 || !code.is_ascii() {
        return Ok(vec![]);
    }
    let around = [
        format!("{}0000", &code[..2]),
        format!("{}00", &code[..4]),
        code.to_owned(),
    ];
    let rows = region::Entity::find()
        .filter(region::Column::Code.is_in(around))
        .order_by_asc(region::Column::Level)
        .all(db)
        .await?;
    let known = rows.iter().any(|row| row.code == code);
    Ok(if known { rows } else { vec![] })
}

/// Those of these codes that exist; `000000` is the whole country.
pub async fn known(db: &Conn, codes: Vec<String>) -> Result<HashSet<String>> {
    let rows = region::Entity::find().filter(region::Column::Code.is_in(codes));
    let mut known: HashSet<String> = rows.all(db).await?.into_iter().map(|r| r.code).collect();
    known.insert("000000".into());
    Ok(known)
}

/// The full name, e.g. 安徽省亳州市谯城区. What only groups others on paper is not said: 省直辖县级行政区划,
/// 重庆市辖县, a municipality's own name a second time.
#[must_use]
pub fn full_name(path: &[region::Model]) -> String {
    let mut names: Vec<&str> = vec![];
    for row in path {
        let name = row.name.as_str();
        let groups =
            name.ends_with("行政区划") || name.ends_with("辖县") || names.last() == Some(&name);
        if !groups {
            names.push(name);
        }
    }
    names.concat()
}
