//! Applicants and the codes sent to their phones.

use entity::{applicant, one_time_code};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::Conn;
use crate::clock::new_id;
use crate::error::Result;

/// By id.
pub async fn get(db: &Conn, id: &str) -> Result<Option<applicant::Model>> {
    Ok(applicant::Entity::find_by_id(id).one(db).await?)
}

/// The version that tokens must bear.
pub async fn session_version(db: &Conn, id: &str) -> Result<Option<i32>> {
    Ok(applicant::Entity::find_by_id(id)
        .select_only()
        .column(applicant::Column::SessionVersion)
        .into_tuple()
        .one(db)
        .await?)
}

/// By the mini-program's identity; made when new.
pub async fn by_openid(
    tx: &Conn,
    openid: &str,
    unionid: Option<String>,
    now: i64,
) -> Result<applicant::Model> {
    by_wechat(tx, Identity::MiniProgram, openid, unionid, now).await
}

/// By the official account's identity; made when new.
pub async fn by_account_openid(
    tx: &Conn,
    openid: &str,
    unionid: Option<String>,
    now: i64,
) -> Result<applicant::Model> {
    by_wechat(tx, Identity::Account, openid, unionid, now).await
}

/// Where a person of WeChat's is known under a name of its own.
#[derive(Clone, Copy)]
enum Identity {
    MiniProgram,
    Account,
}

/// By the name there; else by the name that a person has everywhere (unionid), which is then remembered; else new.
async fn by_wechat(
    tx: &Conn,
    identity: Identity,
    openid: &str,
    unionid: Option<String>,
    now: i64,
) -> Result<applicant::Model> {
    use applicant::Column as A;
    let column = match identity {
        Identity::MiniProgram => A::Openid,
        Identity::Account => A::AccountOpenid,
    };
    let people = applicant::Entity::find;
    if let Some(known) = people().filter(column.eq(openid)).one(tx).await? {
        if known.unionid.is_none() && unionid.is_some() {
            let learnt =
                applicant::Entity::update_many().col_expr(A::Unionid, Expr::value(unionid));
            learnt.filter(A::Id.eq(known.id.as_str())).exec(tx).await?;
        }
        return Ok(known);
    }
    if let Some(unionid) = &unionid {
        let same = people()
            .filter(A::Unionid.eq(unionid))
            .filter(column.is_null());
        if let Some(known) = same.order_by_asc(A::Id).one(tx).await? {
            let joined = applicant::Entity::update_many().col_expr(column, Expr::value(openid));
            joined.filter(A::Id.eq(known.id.as_str())).exec(tx).await?;
            return Ok(known);
        }
    }
    let name = Some(openid.to_owned());
    let (openid, account_openid) = match identity {
        Identity::MiniProgram => (name, None),
        Identity::Account => (None, name),
    };
    insert(
        tx,
        applicant::Model {
            openid,
            account_openid,
            unionid,
            ..blank(now)
        },
    )
    .await
}

/// By the blind index of a phone.
pub async fn by_phone(db: &Conn, index: &str) -> Result<Option<applicant::Model>> {
    Ok(applicant::Entity::find()
        .filter(applicant::Column::PhoneIndex.eq(index))
        .one(db)
        .await?)
}

/// A new applicant without any identity yet.
#[must_use]
pub fn blank(now: i64) -> applicant::Model {
    applicant::Model {
        id: new_id(),
        openid: None,
        account_openid: None,
        unionid: None,
        phone_sealed: None,
        phone_index: None,
        session_version: 1,
        version: 1,
        created_at: now,
    }
}

/// Stores a new applicant.
pub async fn insert(tx: &Conn, row: applicant::Model) -> Result<applicant::Model> {
    applicant::Entity::insert(applicant::ActiveModel::from(row.clone()))
        .exec_without_returning(tx)
        .await?;
    Ok(row)
}

/// Binds a phone.
pub async fn set_phone(tx: &Conn, id: &str, sealed: &str, index: &str) -> Result<()> {
    let row = applicant::ActiveModel {
        phone_sealed: Set(Some(sealed.to_owned())),
        phone_index: Set(Some(index.to_owned())),
        ..Default::default()
    };
    applicant::Entity::update_many()
        .set(row)
        .filter(applicant::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends every token of the applicant.
pub async fn end_sessions(tx: &Conn, id: &str) -> Result<()> {
    let next = Expr::col(applicant::Column::SessionVersion).add(1);
    applicant::Entity::update_many()
        .col_expr(applicant::Column::SessionVersion, next)
        .filter(applicant::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Keeps the hash of a code that was sent.
pub async fn keep_code(
    tx: &Conn,
    phone_index: &str,
    code_hash: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    let row = one_time_code::ActiveModel {
        id: Set(new_id()),
        phone_index: Set(phone_index.to_owned()),
        code_hash: Set(code_hash.to_owned()),
        attempts: Set(0),
        created_at: Set(now),
        expires_at: Set(expires_at),
        used_at: Set(None),
    };
    one_time_code::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The newest code of a phone, made by an instant: what a clock that was wrong dated later is not there.
pub async fn newest_code(
    db: &Conn,
    phone_index: &str,
    by: i64,
) -> Result<Option<one_time_code::Model>> {
    use one_time_code::Column as C;
    let codes = one_time_code::Entity::find()
        .filter(C::PhoneIndex.eq(phone_index))
        .filter(C::CreatedAt.lte(by))
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id);
    Ok(codes.one(db).await?)
}

/// Counts an attempt; a right one uses the code up.
pub async fn count_attempt(tx: &Conn, id: &str, used_at: Option<i64>) -> Result<()> {
    let next = Expr::col(one_time_code::Column::Attempts).add(1);
    let mut update =
        one_time_code::Entity::update_many().col_expr(one_time_code::Column::Attempts, next);
    if let Some(at) = used_at {
        update = update.col_expr(one_time_code::Column::UsedAt, Expr::value(at));
    }
    update
        .filter(one_time_code::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
