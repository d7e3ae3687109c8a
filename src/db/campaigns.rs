//! Campaigns with their frozen notice and their windows.

use entity::{campaign, campaign_agency, campaign_window};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::Conn;
use crate::error::Result;

/// What is read of a campaign at every request: everything but the notice itself.
#[derive(Debug, Clone, sea_orm::FromQueryResult)]
pub struct Head {
    pub id: String,
    pub slug: String,
    pub title: String,
    pub region_code: String,
    pub notice_sha256: String,
    pub version: i64,
}

fn heads() -> sea_orm::Select<campaign::Entity> {
    use campaign::Column as C;
    campaign::Entity::find().select_only().columns([
        C::Id,
        C::Slug,
        C::Title,
        C::RegionCode,
        C::NoticeSha256,
        C::Version,
    ])
}

/// Which campaign, and which state of it: the version moves on with everything that [`Head`], windows and
/// agencies say, so that what was read under it once still holds.
#[derive(Debug, Clone, PartialEq, Eq, sea_orm::FromQueryResult)]
pub struct Standing {
    pub id: String,
    pub version: i64,
}

/// Holds while a campaign stands as it did.
pub(super) fn still(standing: &Standing) -> Expr {
    use campaign::Column as C;
    let it = Query::select()
        .expr(Expr::value(1))
        .from(campaign::Entity)
        .and_where(Expr::col((campaign::Entity, C::Id)).eq(standing.id.as_str()))
        .and_where(Expr::col((campaign::Entity, C::Version)).eq(standing.version))
        .to_owned();
    Expr::exists(it)
}

fn standings() -> sea_orm::Select<campaign::Entity> {
    use campaign::Column as C;
    campaign::Entity::find()
        .select_only()
        .columns([C::Id, C::Version])
}

/// By slug.
pub async fn standing_of_slug(db: &Conn, slug: &str) -> Result<Option<Standing>> {
    Ok(standings()
        .filter(campaign::Column::Slug.eq(slug))
        .into_model()
        .one(db)
        .await?)
}

/// By id.
pub async fn standing(db: &Conn, id: &str) -> Result<Option<Standing>> {
    Ok(standings()
        .filter(campaign::Column::Id.eq(id))
        .into_model()
        .one(db)
        .await?)
}

/// Moves every campaign's version on: in the transaction of a change to an agency, which may take part in any.
pub async fn touch_all(tx: &Conn) -> Result<()> {
    use campaign::Column as C;
    campaign::Entity::update_many()
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .exec(tx)
        .await?;
    Ok(())
}

/// Moves a campaign's version on: in the transaction of every change to its windows or to who takes part.
pub async fn touch(tx: &Conn, id: &str) -> Result<()> {
    use campaign::Column as C;
    campaign::Entity::update_many()
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// By slug.
pub async fn by_slug(db: &Conn, slug: &str) -> Result<Option<Head>> {
    Ok(heads()
        .filter(campaign::Column::Slug.eq(slug))
        .into_model()
        .one(db)
        .await?)
}

/// By id.
pub async fn by_id(db: &Conn, id: &str) -> Result<Option<Head>> {
    Ok(heads()
        .filter(campaign::Column::Id.eq(id))
        .into_model()
        .one(db)
        .await?)
}

/// All, by slug.
pub async fn list(db: &Conn, after: Option<&str>, limit: u64) -> Result<Vec<Head>> {
    let mut query = heads();
    if let Some(after) = after {
        query = query.filter(campaign::Column::Slug.gt(after));
    }
    Ok(query
        .order_by_asc(campaign::Column::Slug)
        .limit(limit)
        .into_model()
        .all(db)
        .await?)
}

/// The frozen notice as JSON.
pub async fn notice_json(db: &Conn, id: &str) -> Result<Option<String>> {
    Ok(campaign::Entity::find_by_id(id)
        .one(db)
        .await?
        .map(|row| row.notice_json))
}

/// Windows by stage.
pub async fn windows(db: &Conn, id: &str) -> Result<Vec<campaign_window::Model>> {
    Ok(campaign_window::Entity::find()
        .filter(campaign_window::Column::CampaignId.eq(id))
        .all(db)
        .await?)
}

/// Stores a new campaign with windows and agencies.
pub async fn insert(
    tx: &Conn,
    row: campaign::Model,
    windows: Vec<campaign_window::Model>,
    agencies: &[String],
) -> Result<()> {
    let id = row.id.clone();
    campaign::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    for window in windows {
        campaign_window::Entity::insert(window.into_active_model())
            .exec_without_returning(tx)
            .await?;
    }
    for agency in agencies {
        let part = campaign_agency::ActiveModel {
            campaign_id: Set(id.clone()),
            agency_id: Set(agency.clone()),
        };
        campaign_agency::Entity::insert(part)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Moves a window; `false` when somebody else moved it meanwhile.
pub async fn move_window(
    tx: &Conn,
    old: &campaign_window::Model,
    opens: i64,
    closes: i64,
) -> Result<bool> {
    use campaign_window::Column as C;
    let change = campaign_window::ActiveModel {
        opens: Set(opens),
        closes: Set(closes),
        version: Set(old.version + 1),
        ..Default::default()
    };
    let moved = campaign_window::Entity::update_many()
        .set(change)
        .filter(C::CampaignId.eq(&old.campaign_id))
        .filter(C::Stage.eq(&old.stage))
        .filter(C::Version.eq(old.version))
        .exec(tx)
        .await?;
    if moved.rows_affected == 1 {
        touch(tx, &old.campaign_id).await?;
    }
    Ok(moved.rows_affected == 1)
}

/// The template of the list's form, frozen with the notice; absent where the pack has none.
pub async fn nomination_template(db: &Conn, id: &str) -> Result<Option<String>> {
    Ok(campaign::Entity::find_by_id(id)
        .one(db)
        .await?
        .and_then(|row| row.nomination_template))
}

/// The template of later deliverables, frozen with the notice; absent where the pack has none.
pub async fn deliverable_template(db: &Conn, id: &str) -> Result<Option<String>> {
    Ok(campaign::Entity::find_by_id(id)
        .one(db)
        .await?
        .and_then(|row| row.deliverable_template))
}

/// The form's template, frozen with the notice.
pub async fn template(db: &Conn, id: &str) -> Result<Option<String>> {
    Ok(campaign::Entity::find_by_id(id)
        .one(db)
        .await?
        .map(|row| row.template))
}
