//! 印章登记: the register of seals of one's own tree.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::permission::Act;
use domain::seal::register::{SealAct, SealKind};
use entity::seal;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::types::ToJSON;
use poem_openapi::types::multipart::Upload as File;
use poem_openapi::{Enum, Multipart, Object, OpenApi};

use super::{Group, may};
use crate::app::keys::NewKey;
use crate::app::seals::{self, NewSeal};
use crate::db;
use crate::error::invalid;
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, call, limit, version, versioned, whole};
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on seals.
pub struct Seals;

/// 印章种类.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum KindView {
    /// 公章.
    Official,
    /// 业务专用章.
    Business,
    /// 审核专用章.
    Examination,
    /// 合同专用章.
    Contract,
    /// 仅用于电子文件.
    Electronic,
}

impl KindView {
    fn kind(self) -> SealKind {
        match self {
            KindView::Official => SealKind::Official,
            KindView::Business => SealKind::Business,
            KindView::Examination => SealKind::Examination,
            KindView::Contract => SealKind::Contract,
            KindView::Electronic => SealKind::Electronic,
        }
    }
}

/// A seal to be registered.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct SealInput {
    #[oai(validator(max_length = 36))]
    pub agency_id: String,
    pub kind: KindView,
    #[oai(validator(min_length = 1, max_length = 60))]
    pub name: String,
    /// The only officer who may use it; any seal keeper of the agency when absent.
    #[oai(validator(max_length = 36))]
    pub keeper_id: Option<String>,
    /// First instant of its validity, epoch milliseconds.
    pub valid_from: i64,
    /// First instant after it; at most ten years later.
    pub valid_until: i64,
    /// A key of the agency's own; the embedded authority makes one at the first use when absent.
    pub key: Option<SealKeyInput>,
}

/// A key of an agency's own: a PKCS#12 file with its password, or the seal's name at the sealing service.
#[derive(Object)]
#[oai(deny_unknown_fields)]
pub struct SealKeyInput {
    /// Base64 of a file with one P-256, RSA or SM2 key, its certificate and those above it. Neither file nor password is kept.
    #[oai(validator(max_length = 87384))]
    pub pkcs12: Option<String>,
    #[oai(validator(max_length = 200))]
    pub password: Option<String>,
    #[oai(validator(min_length = 1, max_length = 100))]
    pub service: Option<String>,
}

impl SealKeyInput {
    fn key(self) -> Result<NewKey, Problem> {
        let unclear = || {
            let message = "请给出PKCS#12文件及其密码，或印章在签章服务中的名称，二者取一";
            invalid("key", "key_unclear", message)
        };
        match (self.pkcs12, self.password, self.service) {
            (Some(file), Some(password), None) => {
                let file = BASE64.decode(file);
                let message = "PKCS#12文件应以base64给出";
                let file = file.map_err(|_| invalid("key", "field_format", message))?;
                Ok(NewKey::Pkcs12 { file, password })
            }
            (None, None, Some(name)) => Ok(NewKey::Service(name)),
            _ => Err(unclear().into()),
        }
    }
}

/// Why a seal's state is changed.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct SealReasonInput {
    #[oai(validator(min_length = 1, max_length = 200))]
    pub reason: String,
}

/// A seal's own picture.
#[derive(Multipart)]
pub struct SealImageInput {
    /// PNG with a transparent ground, nearly square, at most 1 MB.
    file: File,
}

/// 印章.
#[derive(Object)]
pub struct SealView {
    /// Key of the page: pass the last one as `after`.
    pub id: String,
    pub agency_id: String,
    /// official, business, examination, contract or electronic.
    pub kind: String,
    pub name: String,
    #[oai(skip_serializing_if_is_none)]
    pub keeper_id: Option<String>,
    pub valid_from: i64,
    pub valid_until: i64,
    /// active, suspended or revoked.
    pub state: String,
    /// Why it is in this state.
    #[oai(skip_serializing_if_is_none)]
    pub reason: Option<String>,
    /// Since when, epoch milliseconds.
    pub state_at: i64,
    /// Who holds the key: embedded, pkcs12 or service.
    pub source: String,
    /// SHA-256 of its own picture; drawn from the agency's name when absent.
    #[oai(skip_serializing_if_is_none)]
    pub image_sha256: Option<String>,
    pub version: i64,
}

impl From<seal::Model> for SealView {
    fn from(s: seal::Model) -> SealView {
        SealView {
            id: s.id,
            agency_id: s.agency_id,
            kind: s.kind,
            name: s.name,
            keeper_id: s.keeper_id,
            valid_from: s.valid_from,
            valid_until: s.valid_until,
            state: s.state,
            reason: s.reason,
            state_at: s.state_at,
            source: s.source,
            image_sha256: s.image_sha256,
            version: s.version,
        }
    }
}

fn shown(row: seal::Model) -> Versioned<SealView> {
    let version = row.version;
    versioned(row.into(), version)
}

async fn change(
    app: &Shared,
    who: &AsOfficer,
    id: &str,
    if_match: Option<&str>,
    act: SealAct,
    reason: String,
) -> Result<Versioned<SealView>, Problem> {
    may(who, Act::ManageSeals)?;
    let version = version(if_match)?;
    Ok(shown(
        seals::change(app, &who.0, id, version, act, reason).await?,
    ))
}

#[OpenApi(tag = "Group::Seals")]
impl Seals {
    /// 印章列表（本单位及下级单位）
    #[oai(path = "/seals", method = "get", operation_id = "listSeals")]
    async fn list(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        /// Of this agency alone.
        #[oai(validator(max_length = 36))]
        agency_id: Query<Option<String>>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<SealView>>, Problem> {
        may(&who, Act::ReadSeals)?;
        let page = limit(limit_.0)?;
        let (of, after) = (agency_id.0.as_deref(), after.0.as_deref());
        let rows = db::seals::list(app.db.read(), &who.0, of, after, page)
            .boxed()
            .await?;
        Ok(Json(rows.into_iter().map(SealView::from).collect()))
    }

    /// 登记印章
    ///
    /// Of one's own agency or one below. A key of its own must be certified for the agency by a trusted root.
    #[oai(path = "/seals", method = "post", operation_id = "registerSeal")]
    async fn register(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<SealInput>,
    ) -> Result<Versioned<SealView>, Problem> {
        may(&who, Act::ManageSeals)?;
        let call = call(&who.0.id, key.0, "registerSeal", &body.0.to_json_string())?;
        let body = body.0;
        let key = body.key.map(SealKeyInput::key).transpose()?;
        let new = NewSeal {
            key: key.unwrap_or(NewKey::Embedded),
            agency_id: body.agency_id,
            kind: body.kind.kind(),
            name: body.name,
            keeper_id: body.keeper_id,
            valid: (body.valid_from, body.valid_until),
        };
        Ok(shown(
            seals::register(&app, &who.0, call, new).boxed().await?,
        ))
    }

    /// 查看印章
    #[oai(path = "/seals/:id", method = "get", operation_id = "getSeal")]
    async fn get(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Versioned<SealView>, Problem> {
        may(&who, Act::ReadSeals)?;
        Ok(shown(
            db::seals::visible(app.db.read(), &who.0, &id)
                .boxed()
                .await?,
        ))
    }

    /// 上传印章图样
    ///
    /// Shown only together with a signature. Without one, the seal is drawn from the agency's name.
    #[oai(
        path = "/seals/:id/image",
        method = "put",
        operation_id = "setSealImage"
    )]
    async fn image(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: SealImageInput,
    ) -> Result<Versioned<SealView>, Problem> {
        may(&who, Act::ManageSeals)?;
        let version = version(if_match.0.as_deref())?;
        let (bytes, _held) = whole(body.file).await?;
        Ok(shown(
            seals::set_image(&app, &who.0, &id, version, bytes)
                .boxed()
                .await?,
        ))
    }

    /// 停用印章
    #[oai(
        path = "/seals/:id/suspension",
        method = "post",
        operation_id = "suspendSeal"
    )]
    async fn suspend(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SealReasonInput>,
    ) -> Result<Versioned<SealView>, Problem> {
        let (seen, reason) = (if_match.0.as_deref(), body.0.reason);
        change(&app, &who, &id, seen, SealAct::Suspend, reason)
            .boxed()
            .await
    }

    /// 恢复使用印章
    #[oai(
        path = "/seals/:id/resumption",
        method = "post",
        operation_id = "resumeSeal"
    )]
    async fn resume(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SealReasonInput>,
    ) -> Result<Versioned<SealView>, Problem> {
        let (seen, reason) = (if_match.0.as_deref(), body.0.reason);
        change(&app, &who, &id, seen, SealAct::Resume, reason)
            .boxed()
            .await
    }

    /// 注销印章
    ///
    /// For good: its keys go out of use. What was stamped before stays valid.
    #[oai(
        path = "/seals/:id/revocation",
        method = "post",
        operation_id = "revokeSeal"
    )]
    async fn revoke(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SealReasonInput>,
    ) -> Result<Versioned<SealView>, Problem> {
        let (seen, reason) = (if_match.0.as_deref(), body.0.reason);
        change(&app, &who, &id, seen, SealAct::Revoke, reason)
            .boxed()
            .await
    }
}
