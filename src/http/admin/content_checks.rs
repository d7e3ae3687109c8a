//! 内容安全: what WeChat could not judge, or did not pass, is decided by a person.

use std::collections::HashMap;

use domain::permission::Act;
use entity::content_check;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::reviews::VerdictInput;
use super::trail::PersonView;
use super::{Group, may};
use crate::app::content_checks;
use crate::http::caller::AsOfficer;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on content checks.
pub struct ContentChecks;

/// What was thought of a text or a file.
#[derive(Object)]
pub struct ContentCheckView {
    pub id: String,
    pub kind: ContentKind,
    /// The file; absent for the text of the answers.
    #[oai(skip_serializing_if_is_none)]
    pub evidence_id: Option<String>,
    pub state: ContentState,
    /// WeChat's number of a reason: 100 none, 10001 advertising, 20001 politics, 20002 pornography, 20003 abuse, 20006 crime,
    /// 20008 fraud, 20012 vulgarity, 20013 copyright, 21000 other.
    #[oai(skip_serializing_if_is_none)]
    pub label: Option<i32>,
    /// A person's decision.
    #[oai(skip_serializing_if_is_none)]
    pub verdict: Option<ContentVerdictView>,
}

/// What is checked.
#[derive(Enum)]
#[oai(rename_all = "snake_case")]
pub enum ContentKind {
    /// What was written freely in the form, without personal data.
    Text,
    Picture,
    Video,
    /// A PDF.
    Document,
}

/// Where a check stands. `review`, `risky` and `person` wait for a person until there is a verdict.
#[derive(Enum)]
#[oai(rename_all = "snake_case")]
pub enum ContentState {
    /// WeChat is being asked.
    Pending,
    Pass,
    /// WeChat says that a person should look.
    Review,
    Risky,
    /// WeChat cannot judge it, or did not answer in time.
    Person,
}

/// A person's decision.
#[derive(Object)]
pub struct ContentVerdictView {
    pub accepted: bool,
    pub reason: String,
    #[oai(skip_serializing_if_is_none)]
    pub decided_by: Option<PersonView>,
    pub decided_at: i64,
}

impl ContentCheckView {
    /// With the names of those who decided.
    pub fn of(row: content_check::Model, names: &HashMap<String, String>) -> ContentCheckView {
        let kind = match row.kind.as_str() {
            "text" => ContentKind::Text,
            "picture" => ContentKind::Picture,
            "video" => ContentKind::Video,
            _ => ContentKind::Document,
        };
        let state = match row.state.as_str() {
            "pending" => ContentState::Pending,
            "pass" => ContentState::Pass,
            "review" => ContentState::Review,
            "risky" => ContentState::Risky,
            _ => ContentState::Person,
        };
        let decided = row.accepted.zip(row.decided_at);
        ContentCheckView {
            id: row.id,
            evidence_id: (!matches!(kind, ContentKind::Text)).then_some(row.item),
            kind,
            state,
            label: row.label,
            verdict: decided.map(|(accepted, decided_at)| ContentVerdictView {
                accepted,
                reason: row.reason.unwrap_or_default(),
                decided_by: row.decided_by.map(|id| PersonView::named(id, names)),
                decided_at,
            }),
        }
    }
}

#[OpenApi(tag = "Group::Reviews")]
impl ContentChecks {
    /// 认定内容是否合规
    ///
    /// Once for each check that waits for a person, by the agency whose turn it is. It holds nothing up: what is not acceptable is
    /// returned or declined by its own act.
    #[oai(
        path = "/entries/:id/content-checks/:check/verdict",
        method = "put",
        operation_id = "decideContent"
    )]
    async fn decide(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        check: Path<String>,
        body: Json<VerdictInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::DecideFinding)?;
        let (accepted, reason) = (body.0.accepted, body.0.reason);
        Ok(
            content_checks::decide(&app, &who.0, &id, &check, accepted, reason)
                .boxed()
                .await?,
        )
    }
}
