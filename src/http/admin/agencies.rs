//! Agencies of one's own tree.

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::Group;
use crate::db;
use crate::http::caller::AsOfficer;
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::http::views::AgencyView;
use crate::state::Shared;

/// Operations on agencies.
pub struct Agencies;

#[OpenApi(tag = "Group::People")]
impl Agencies {
    /// 本单位及下级单位
    #[oai(path = "/agencies", method = "get", operation_id = "listAgencies")]
    async fn agencies(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        after: Query<Option<String>>,
        limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<AgencyView>>, Problem> {
        let rows = db::officers::agencies_below(
            app.db.read(),
            &who.0.agency,
            after.0.as_deref(),
            limit(limit_.0)?,
        )
        .await?;
        Ok(Json(
            rows.into_iter()
                .map(|r| db::officers::to_agency(r).map(AgencyView::from))
                .collect::<Result<_, _>>()?,
        ))
    }
}
