//! How many messages of a template an applicant accepted.

use entity::subscription::{ActiveModel, Column as S, Entity, Model};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, Set};

use super::Conn;
use crate::error::{Error, Result};

/// Acceptances that are kept for later at most.
pub const MOST: i32 = 20;

/// The row of an applicant and a template; made when there is none.
pub async fn get(tx: &Conn, applicant: &str, template: &str, now: i64) -> Result<Model> {
    let row = ActiveModel {
        applicant_id: Set(applicant.to_owned()),
        template_id: Set(template.to_owned()),
        budget: Set(0),
        refused_at: Set(None),
        updated_at: Set(now),
    };
    let key = [S::ApplicantId, S::TemplateId];
    let unless_there = OnConflict::columns(key).do_nothing_on(key).to_owned();
    Entity::insert(row)
        .on_conflict(unless_there)
        .exec_without_returning(tx)
        .await?;
    let id = (applicant.to_owned(), template.to_owned());
    let found = Entity::find_by_id(id).one(tx).await?;
    found.ok_or_else(|| Error::Bug("subscription vanished".into()))
}

/// One more message may be sent; beyond [`MOST`] nothing changes.
pub async fn accept(tx: &Conn, applicant: &str, template: &str, now: i64) -> Result<Model> {
    get(tx, applicant, template, now).await?;
    add(tx, applicant, template, now).await?;
    Entity::update_many()
        .col_expr(S::RefusedAt, Expr::value(None::<i64>))
        .filter(S::ApplicantId.eq(applicant))
        .filter(S::TemplateId.eq(template))
        .exec(tx)
        .await?;
    get(tx, applicant, template, now).await
}

/// Marks that the applicant said no; what was accepted before stays accepted.
pub async fn decline(tx: &Conn, applicant: &str, template: &str, now: i64) -> Result<Model> {
    get(tx, applicant, template, now).await?;
    refused(tx, applicant, template, now, false).await?;
    get(tx, applicant, template, now).await
}

/// WeChat says that nothing is accepted any more.
pub async fn forget(tx: &Conn, applicant: &str, template: &str, now: i64) -> Result<()> {
    refused(tx, applicant, template, now, true).await
}

async fn refused(tx: &Conn, applicant: &str, template: &str, now: i64, all: bool) -> Result<()> {
    let mut update = Entity::update_many()
        .col_expr(S::RefusedAt, Expr::value(now))
        .col_expr(S::UpdatedAt, Expr::value(now));
    if all {
        update = update.col_expr(S::Budget, Expr::value(0));
    }
    update
        .filter(S::ApplicantId.eq(applicant))
        .filter(S::TemplateId.eq(template))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes one message from what was accepted; `false` when there is none. A lasting acceptance is not used up.
pub async fn take(
    tx: &Conn,
    applicant: &str,
    template: &str,
    lasting: bool,
    now: i64,
) -> Result<bool> {
    let used = i32::from(!lasting);
    let taken = Entity::update_many()
        .col_expr(S::Budget, Expr::col(S::Budget).sub(used))
        .col_expr(S::UpdatedAt, Expr::value(now))
        .filter(S::ApplicantId.eq(applicant))
        .filter(S::TemplateId.eq(template))
        .filter(S::Budget.gt(0))
        .exec(tx)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Gives a message back that was taken and not sent.
pub async fn add(tx: &Conn, applicant: &str, template: &str, now: i64) -> Result<()> {
    Entity::update_many()
        .col_expr(S::Budget, Expr::col(S::Budget).add(1))
        .col_expr(S::UpdatedAt, Expr::value(now))
        .filter(S::ApplicantId.eq(applicant))
        .filter(S::TemplateId.eq(template))
        .filter(S::Budget.lt(MOST))
        .exec(tx)
        .await?;
    Ok(())
}
