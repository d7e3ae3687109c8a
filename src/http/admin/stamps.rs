//! 盖章, and what a form's seals are worth.

use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::{Group, may};
use crate::app::stamps::{self, Wish};
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on stamps.
pub struct Stamps;

/// A stamp to be set.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct StampInput {
    /// Key of the box.
    #[oai(validator(max_length = 60))]
    pub slot: String,
    /// Digest of the submission that was looked at.
    #[oai(validator(min_length = 64, max_length = 64))]
    pub digest: String,
    /// Written into the box.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub opinion: String,
    /// Id of a registered seal of the agency; the first that may be used when absent.
    #[oai(validator(max_length = 36))]
    pub seal: Option<String>,
}

/// The form after a stamp.
#[derive(Object)]
pub struct FormView {
    pub code: String,
    /// SHA-256 of the file with all its stamps.
    pub sha256: String,
    pub pages: i32,
}

impl From<entity::document::Model> for FormView {
    fn from(form: entity::document::Model) -> FormView {
        FormView {
            code: form.code,
            sha256: form.sha256,
            pages: form.pages,
        }
    }
}

#[OpenApi(tag = "Group::Reviews")]
impl Stamps {
    /// 盖章
    ///
    /// Seal and signature by the agency's certificate, bound to the digest that was looked at.
    #[oai(
        path = "/entries/:id/stamps",
        method = "post",
        operation_id = "stampForm"
    )]
    async fn stamp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<StampInput>,
    ) -> Result<Json<FormView>, Problem> {
        may(&who, Act::Stamp)?;
        let body = body.0;
        let wish = Wish {
            slot: &body.slot,
            reviewed: &body.digest,
            opinion: &body.opinion,
            seal: body.seal.as_deref(),
        };
        let form = stamps::stamp(&app, &who.0, &id, wish).boxed().await?;
        Ok(Json(form.into()))
    }

    /// 核验申报表上的印章
    #[oai(
        path = "/entries/:id/form/verification",
        method = "get",
        operation_id = "verifyForm"
    )]
    async fn verification(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Any<Value>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let report = stamps::verify(&app, &who.0, &id).boxed().await?;
        Ok(Json(
            Any(serde_json::to_value(report).map_err(Error::from)?),
        ))
    }
}
