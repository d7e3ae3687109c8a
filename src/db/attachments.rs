//! 附件 of campaigns' notices.

use entity::attachment::{Column as A, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::Conn;
use crate::error::Result;

/// Those of a campaign that are there.
pub async fn of_campaign(db: &Conn, campaign: &str) -> Result<Vec<Model>> {
    let rows = Entity::find().filter(A::CampaignId.eq(campaign));
    Ok(rows.all(db).await?)
}

/// One by its key.
pub async fn find(db: &Conn, campaign: &str, key: &str) -> Result<Option<Model>> {
    let id = (campaign.to_owned(), key.to_owned());
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Stores a row.
pub async fn insert(tx: &Conn, row: Model) -> Result<()> {
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// SHA-256 of every file of every campaign: there are few.
pub async fn files(db: &Conn) -> Result<Vec<String>> {
    let names = Entity::find().select_only().column(A::Sha256).distinct();
    Ok(names.into_tuple().all(db).await?)
}
