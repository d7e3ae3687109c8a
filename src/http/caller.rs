//! Security schemes → who calls.

use domain::actor::{Applicant, Officer};
use domain::refusal::Refusal;
use futures_util::FutureExt;
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use super::problem::Problem;
use super::shell::CallerNote;
use crate::app::applicants;
use crate::app::sessions;
use crate::error::Error;
use crate::state::Shared;

/// 申报人: the token of `POST /sessions/…`.
#[derive(SecurityScheme)]
#[oai(rename = "applicant", ty = "bearer", checker = "applicant")]
pub struct AsApplicant(pub Applicant);

/// 工作人员: the token of `POST /sessions`.
#[derive(SecurityScheme)]
#[oai(rename = "officer", ty = "bearer", checker = "officer")]
pub struct AsOfficer(pub Officer);

/// An officer whose first password is not changed yet may only do that.
#[derive(SecurityScheme)]
#[oai(rename = "new_officer", ty = "bearer", checker = "new_officer")]
pub struct AsNewOfficer(pub Officer);

fn app(request: &Request) -> Result<&Shared, Problem> {
    request
        .data::<Shared>()
        .ok_or_else(|| Error::Bug("no application in the request".into()).into())
}

fn note(request: &Request, kind: &str, id: &str) {
    if let Some(note) = request.data::<CallerNote>() {
        let _ = note.0.set(format!("{kind}:{id}"));
    }
}

async fn applicant(request: &Request, bearer: Bearer) -> poem::Result<Applicant> {
    let found = applicants::of_token(app(request)?, &bearer.token)
        .boxed()
        .await
        .map_err(Problem::from)?;
    note(request, "applicant", &found.id);
    Ok(found)
}

async fn officer(request: &Request, bearer: Bearer) -> poem::Result<Officer> {
    let (found, must_change) = sessions::of_token(app(request)?, &bearer.token)
        .boxed()
        .await
        .map_err(Problem::from)?;
    note(request, "officer", &found.id);
    if must_change {
        let refusal = Refusal::new("password_change_due", "首次登录请先修改密码");
        return Err(Problem::from(Error::Forbidden(refusal)).into());
    }
    Ok(found)
}

async fn new_officer(request: &Request, bearer: Bearer) -> poem::Result<Officer> {
    let (found, _) = sessions::of_token(app(request)?, &bearer.token)
        .boxed()
        .await
        .map_err(Problem::from)?;
    note(request, "officer", &found.id);
    Ok(found)
}
