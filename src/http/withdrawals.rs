//! Lists of withdrawn certificates, at the address that the embedded authority's certificates name. For any reader of a form,
//! so it is neither of the two contracts.

use documents::algorithm::Suite;
use poem::web::{Data, Path};
use poem::{Response, handler};

use crate::app::keys;
use crate::error::Error;
use crate::http::problem::Problem;
use crate::state::Shared;

/// The list of an authority as of now; absent as long as there is no such authority.
#[handler]
pub async fn list(Path(name): Path<String>, app: Data<&Shared>) -> poem::Result<Response> {
    let suite = match name.as_str() {
        "root.crl" => Suite::International,
        "root-sm2.crl" => Suite::Sm2,
        _ => return Err(Problem::from(Error::Absent).into()),
    };
    let list = keys::withdrawn(&app, suite).await.map_err(Problem::from)?;
    Ok(Response::builder()
        .content_type("application/pkix-crl")
        .header("cache-control", "public, max-age=300")
        .body(list))
}
