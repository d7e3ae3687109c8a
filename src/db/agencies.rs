//! The tree of agencies: searched, changed, moved; who takes part in a campaign.

use domain::agency::{Agency, Tier, region_stem};
use domain::notice::Condition;
use entity::{agency, campaign_agency, duty, entry};
use sea_orm::Condition as Filter;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set};

use super::Conn;
use super::campaigns;
use super::officers::path_of;
use crate::error::{Error, Result};

/// An agency in or below one; anything else is absent.
pub async fn below(db: &Conn, top: &Agency, id: &str) -> Result<agency::Model> {
    agency::Entity::find_by_id(id)
        .filter(agency::Column::Path.starts_with(path_of(top)))
        .one(db)
        .await?
        .ok_or(Error::Absent)
}

/// A page of an agency and all below it, in the order of the tree, those whose name begins so; after an agency's id.
pub async fn page(
    db: &Conn,
    top: &Agency,
    name: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<agency::Model>> {
    use agency::Column as A;
    let mut query = agency::Entity::find().filter(A::Path.starts_with(path_of(top)));
    if let Some(name) = name {
        query = query.filter(Expr::col((agency::Entity, A::Name)).like(begins_with(name)));
    }
    if let Some(after) = after {
        query = query.filter(A::Path.gt(below(db, top, after).await?.path));
    }
    Ok(query.order_by_asc(A::Path).limit(limit).all(db).await?)
}

/// Percent signs and underlines stand for themselves.
fn begins_with(name: &str) -> LikeExpr {
    let mut pattern = String::new();
    for c in name.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    LikeExpr::new(pattern + "%").escape('!')
}

/// Agencies in or below one that bear one of these names.
pub async fn named(db: &Conn, top: &Agency, names: Vec<String>) -> Result<Vec<agency::Model>> {
    use agency::Column as A;
    Ok(agency::Entity::find()
        .filter(A::Path.starts_with(path_of(top)))
        .filter(A::Name.is_in(names))
        .order_by_asc(A::Path)
        .all(db)
        .await?)
}

/// Agencies that came with the operator's packs under these keys.
pub async fn seeded(db: &Conn, keys: Vec<String>) -> Result<Vec<agency::Model>> {
    Ok(agency::Entity::find()
        .filter(agency::Column::SeedKey.is_in(keys))
        .all(db)
        .await?)
}

/// Stores many new agencies.
pub async fn insert_all(tx: &Conn, rows: Vec<agency::Model>) -> Result<()> {
    // some hundred at a time: a statement takes so many values and no more
    for part in rows.chunks(200) {
        let rows = part.iter().cloned().map(agency::ActiveModel::from);
        agency::Entity::insert_many(rows.map(sea_orm::IntoActiveModel::into_active_model))
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Changes an agency over the version seen.
pub async fn save(tx: &Conn, old: &agency::Model, change: agency::ActiveModel) -> Result<()> {
    use agency::Column as A;
    let change = agency::ActiveModel {
        version: Set(old.version + 1),
        ..change
    };
    let saved = agency::Entity::update_many()
        .set(change)
        .filter(A::Id.eq(&old.id))
        .filter(A::Version.eq(old.version))
        .exec(tx)
        .await?;
    match saved.rows_affected {
        1 => campaigns::touch_all(tx).await,
        _ => Err(Error::Stale {
            sent: old.version,
            stored: old.version + 1,
        }),
    }
}

/// Puts another beginning on the paths of everything below an agency, itself included, in one statement. An id is in
/// a path once, so the old beginning is found once.
pub async fn move_subtree(tx: &Conn, old: &str, new: &str) -> Result<()> {
    use agency::Column as A;
    let moved = Func::cust("REPLACE").args([
        Expr::col(A::Path),
        Expr::value(old.to_owned()),
        Expr::value(new.to_owned()),
    ]);
    agency::Entity::update_many()
        .col_expr(A::Path, moved.into())
        .filter(A::Path.starts_with(old))
        .exec(tx)
        .await?;
    campaigns::touch_all(tx).await
}

/// Length of the longest path in a subtree, in characters.
pub async fn longest_path(db: &Conn, path: &str) -> Result<usize> {
    use agency::Column as A;
    let longest: Option<Option<i32>> = agency::Entity::find()
        .select_only()
        .expr(Func::max(Func::char_length(Expr::col(A::Path))))
        .filter(A::Path.starts_with(path))
        .into_tuple()
        .one(db)
        .await?;
    Ok(usize::try_from(longest.flatten().unwrap_or_default()).unwrap_or_default())
}

/// A campaign, this one or any, in which an agency, or one below it, has something to decide.
pub async fn busy_in(db: &Conn, path: &str, campaign: Option<&str>) -> Result<Option<String>> {
    use duty::Column as D;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path));
    let mut open = duty::Entity::find()
        .select_only()
        .column(D::CampaignId)
        .filter(D::State.eq("open"))
        .filter(D::AgencyId.in_subquery(inside.into_query()));
    if let Some(campaign) = campaign {
        open = open.filter(D::CampaignId.eq(campaign));
    }
    Ok(open.into_tuple().one(db).await?)
}

/// May the chain of an entry that is under way, or returned, lead through an agency, or does such an entry come through it
/// or one below? `steps` say to which entries the agency's steps apply; an answer on which one hangs is not looked at.
///
/// Goes through the campaign's entries under way, by the index on their state: few organisers ask, and rarely.
pub async fn is_on_a_chain(
    db: &Conn,
    campaign: &str,
    agency: &Agency,
    steps: &[&Condition],
) -> Result<bool> {
    use entry::Column as E;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path_of(agency)))
        .into_query();
    let mut walks = Filter::any()
        .add(E::AgencyId.in_subquery(inside.clone()))
        .add(E::UnitId.in_subquery(inside));
    if agency.tier != Tier::Unit && !steps.is_empty() {
        let apply = steps.iter().fold(Filter::any(), |any, when| {
            let one = [
                (E::Subject, &when.subject),
                (E::Category, &when.category),
                (E::Route, &when.route),
            ];
            let one = one.into_iter().filter(|(_, keys)| !keys.is_empty());
            any.add(one.fold(Filter::all(), |all, (column, keys)| {
                all.add(column.is_in(keys))
            }))
        });
        let there = E::RegionCode.starts_with(region_stem(&agency.region));
        walks = walks.add(Filter::all().add(there).add(apply));
    }
    let found = entry::Entity::find()
        .select_only()
        .column(E::Id)
        .filter(E::CampaignId.eq(campaign))
        .filter(E::State.is_in(["under_review", "returned"]))
        .filter(walks);
    Ok(found.into_tuple::<String>().one(db).await?.is_some())
}

/// Campaigns in which an agency, or one below it, takes part.
pub async fn campaigns_of(db: &Conn, path: &str) -> Result<Vec<String>> {
    use campaign_agency::Column as C;
    let inside = agency::Entity::find()
        .select_only()
        .column(agency::Column::Id)
        .filter(agency::Column::Path.starts_with(path));
    let part = campaign_agency::Entity::find()
        .select_only()
        .column(C::CampaignId)
        .filter(C::AgencyId.in_subquery(inside.into_query()))
        .distinct();
    Ok(part.into_tuple().all(db).await?)
}

/// Is an agency right below this one still open?
pub async fn has_open_below(db: &Conn, id: &str) -> Result<bool> {
    use agency::Column as A;
    let open = agency::Entity::find()
        .filter(A::ParentId.eq(id))
        .filter(A::ClosedAt.is_null());
    Ok(open.one(db).await?.is_some())
}

/// Does an agency take part in a campaign?
pub async fn takes_part(db: &Conn, campaign: &str, id: &str) -> Result<bool> {
    let key = (campaign.to_owned(), id.to_owned());
    let found = campaign_agency::Entity::find_by_id(key).one(db).await?;
    Ok(found.is_some())
}

/// Lets an agency take part.
pub async fn join(tx: &Conn, campaign: &str, id: &str) -> Result<()> {
    let row = campaign_agency::ActiveModel {
        campaign_id: Set(campaign.to_owned()),
        agency_id: Set(id.to_owned()),
    };
    campaign_agency::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    campaigns::touch(tx, campaign).await
}

/// Takes an agency out.
pub async fn leave(tx: &Conn, campaign: &str, id: &str) -> Result<()> {
    campaign_agency::Entity::delete_by_id((campaign.to_owned(), id.to_owned()))
        .exec(tx)
        .await?;
    campaigns::touch(tx, campaign).await
}
