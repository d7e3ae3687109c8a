//! The quota ledger and what live entries occupy. Rows are changed only where the cap still allows it,
//! so that two submissions in the last second cannot both take the last place.

use domain::quota::QuotaNeed;
use entity::{claim, quota_use};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set, UpdateMany};

use super::Conn;
use super::together::Together;
use crate::clock::new_id;
use crate::error::{Error, Result};

/// Places used of each need; `None` where nobody ever took one.
pub async fn used(db: &Conn, campaign: &str, needs: &[QuotaNeed]) -> Result<Vec<Option<u32>>> {
    if needs.is_empty() {
        return Ok(vec![]);
    }
    let mut any = sea_orm::Condition::any();
    for need in needs {
        any = any.add(key(campaign, &need.quota, &need.holder, &need.category));
    }
    let rows = quota_use::Entity::find().filter(any).all(db).await?;
    let of = |need: &QuotaNeed| {
        let row = rows.iter().find(|r| {
            (&r.quota, &r.holder, &r.category) == (&need.quota, &need.holder, &need.category)
        });
        row.map(|r| u32::try_from(r.used).unwrap_or(u32::MAX))
    };
    Ok(needs.iter().map(of).collect())
}

/// Takes a place of each need, or refuses by the rule; `ledger` is what [`used`] told in this transaction. Answers
/// with what the entry then holds, as [`hold`] takes it.
pub fn take(
    changes: &mut Together,
    campaign: &str,
    entry: &str,
    needs: &[QuotaNeed],
    ledger: &[Option<u32>],
) -> Result<Vec<(&'static str, String)>> {
    for (need, used) in needs.iter().zip(ledger) {
        domain::quota::take(need, used.unwrap_or_default())?;
        match used {
            Some(_) => changes.update(next_place(campaign, need)),
            None => changes.insert([first_place(campaign, need)]),
        }
    }
    let place = |need: &QuotaNeed| {
        let place = format!("{}{}\u{1f}{entry}", place_prefix(need), need.category);
        ("quota", place)
    };
    Ok(needs.iter().map(place).collect())
}

/// None is left where another process took the last one in between.
fn next_place(campaign: &str, need: &QuotaNeed) -> UpdateMany<quota_use::Entity> {
    quota_use::Entity::update_many()
        .col_expr(
            quota_use::Column::Used,
            Expr::col(quota_use::Column::Used).add(1),
        )
        .col_expr(
            quota_use::Column::Version,
            Expr::col(quota_use::Column::Version).add(1),
        )
        .filter(key(campaign, &need.quota, &need.holder, &need.category))
        .filter(quota_use::Column::Used.lt(need.cap))
}

fn first_place(campaign: &str, need: &QuotaNeed) -> quota_use::ActiveModel {
    quota_use::ActiveModel {
        campaign_id: Set(campaign.to_owned()),
        quota: Set(need.quota.clone()),
        holder: Set(need.holder.clone()),
        category: Set(need.category.clone()),
        used: Set(1),
        version: Set(1),
    }
}

/// How claims of places of this quota and holder begin.
#[must_use]
pub fn place_prefix(need: &QuotaNeed) -> String {
    format!("{}\u{1f}{}\u{1f}", need.quota, need.holder)
}

fn key(campaign: &str, quota: &str, holder: &str, category: &str) -> sea_orm::Condition {
    use quota_use::Column as C;
    sea_orm::Condition::all()
        .add(C::CampaignId.eq(campaign))
        .add(C::Quota.eq(quota))
        .add(C::Holder.eq(holder))
        .add(C::Category.eq(category))
}

/// What an entry holds of one kind.
pub async fn held(db: &Conn, entry: &str, kind: &str) -> Result<Vec<claim::Model>> {
    use claim::Column as C;
    Ok(claim::Entity::find()
        .filter(C::EntryId.eq(entry))
        .filter(C::Kind.eq(kind))
        .filter(C::Live.eq(1))
        .all(db)
        .await?)
}

/// Occupies keys, each with its kind; the unique index refuses a second live one.
pub fn hold(
    changes: &mut Together,
    campaign: &str,
    entry: &str,
    keys: Vec<(&'static str, String)>,
    now: i64,
) {
    let row = |(kind, key_fold): (&'static str, String)| claim::ActiveModel {
        id: Set(new_id()),
        campaign_id: Set(campaign.to_owned()),
        kind: Set(kind.to_owned()),
        key_fold: Set(key_fold),
        entry_id: Set(entry.to_owned()),
        live: Set(Some(1)),
        created_at: Set(now),
    };
    changes.insert(keys.into_iter().map(row));
}

/// Frees everything an entry holds: accounts and places.
pub async fn free(tx: &Conn, campaign: &str, entry: &str) -> Result<()> {
    for place in held(tx, entry, "quota").await? {
        give_back(tx, campaign, &place).await?;
    }
    let all = claim::Column::EntryId.eq(entry);
    end_claims(tx, all).await
}

/// Frees the places that an entry holds of some quotas, and nothing else of it.
pub async fn free_of(tx: &Conn, campaign: &str, entry: &str, quotas: &[&str]) -> Result<()> {
    if quotas.is_empty() {
        return Ok(());
    }
    for place in held(tx, entry, "quota").await? {
        if quotas
            .iter()
            .any(|q| place.key_fold.split('\u{1f}').next() == Some(q))
        {
            give_back(tx, campaign, &place).await?;
            end_claims(tx, claim::Column::Id.eq(&place.id)).await?;
        }
    }
    Ok(())
}

async fn give_back(tx: &Conn, campaign: &str, place: &claim::Model) -> Result<()> {
    let parts: Vec<&str> = place.key_fold.split('\u{1f}').collect();
    let [quota, holder, category, _] = parts[..] else {
        return Err(Error::Bug("claim of a place".into()));
    };
    quota_use::Entity::update_many()
        .col_expr(
            quota_use::Column::Used,
            Expr::col(quota_use::Column::Used).sub(1),
        )
        .col_expr(
            quota_use::Column::Version,
            Expr::col(quota_use::Column::Version).add(1),
        )
        .filter(key(campaign, quota, holder, category))
        .filter(quota_use::Column::Used.gt(0))
        .exec(tx)
        .await?;
    Ok(())
}

async fn end_claims(tx: &Conn, which: Expr) -> Result<()> {
    claim::Entity::update_many()
        .col_expr(claim::Column::Live, Expr::value(Option::<i32>::None))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(())
}

/// The ledger of a campaign.
pub async fn ledger(db: &Conn, campaign: &str) -> Result<Vec<quota_use::Model>> {
    Ok(quota_use::Entity::find()
        .filter(quota_use::Column::CampaignId.eq(campaign))
        .all(db)
        .await?)
}
