//! Decisions: endorse, return, decline; verdicts on findings.

use domain::permission::Act;
use domain::refusal::Violation;
use futures_util::FutureExt;
use futures_util::{StreamExt, stream};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::{Group, may};
use crate::app::reviews::{self, Asked};
use crate::app::{slips, virus_checks};
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, version, versioned};
use crate::http::problem::Problem;
use crate::http::views::{EntrySummary, SlipView};
use crate::state::Shared;

/// Decisions of a batch under way at once: as many as a commit may have.
const SIDE_BY_SIDE: usize = 64;

/// Decisions on entries.
pub struct Reviews;

/// 同意.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct EndorsementInput {
    #[oai(validator(min_length = 1, max_length = 300))]
    pub opinion: String,
}

/// 退回补正: everything that is wrong at once.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ReturnInput {
    #[oai(validator(min_items = 1, max_items = 100))]
    pub items: Vec<ReturnItem>,
    /// Days to answer, the last one to its end; refused past the end of reviews. When not said, the notice's, or until reviews end.
    #[oai(validator(minimum(value = "1"), maximum(value = "60")))]
    pub days: Option<u32>,
}

/// One defect.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ReturnItem {
    /// Key of a form field or evidence slot; `category_other` is what a category has written out; `choice.subject`,
    /// `choice.category`, `choice.route`, `choice.agency_id`, `choice.unit_id` and `choice.region` are choices, by which places and
    /// offices are those of the new one. A field `region` of the form is not the choice.
    #[oai(validator(max_length = 60))]
    pub field: String,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub message: String,
    /// The notice's own words.
    #[oai(validator(max_length = 300))]
    pub clause: Option<String>,
}

/// 延长补正期限.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct ExtensionInput {
    /// Days from today; the last one counts to its end.
    #[oai(validator(minimum(value = "1"), maximum(value = "60")))]
    pub days: u32,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// 不予推荐.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct DeclineInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// Several endorsements.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct BatchInput {
    #[oai(validator(min_items = 1, max_items = 100))]
    pub entries: Vec<BatchItem>,
    #[oai(validator(min_length = 1, max_length = 300))]
    pub opinion: String,
}

/// One entry of a batch, as seen.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct BatchItem {
    pub id: String,
    pub version: i64,
}

/// What became of one entry of a batch.
#[derive(Object)]
pub struct BatchResult {
    pub id: String,
    pub done: bool,
    #[oai(skip_serializing_if_is_none)]
    pub code: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub detail: Option<String>,
}

/// A verdict on a finding.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct VerdictInput {
    pub accepted: bool,
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

#[OpenApi(tag = "Group::Reviews")]
impl Reviews {
    /// 同意
    #[oai(
        path = "/entries/:id/endorsement",
        method = "post",
        operation_id = "endorseEntry"
    )]
    async fn endorse(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<EndorsementInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let asked = Asked::Endorse {
            opinion: body.0.opinion,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked)
            .boxed()
            .await
    }

    /// 退回补正
    #[oai(
        path = "/entries/:id/return",
        method = "post",
        operation_id = "returnEntry"
    )]
    async fn give_back(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ReturnInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let item = |i: ReturnItem| Violation {
            field: i.field,
            code: "to_be_mended".into(),
            clause: i.clause,
            message: i.message,
            ..Violation::default()
        };
        let asked = Asked::Return {
            items: body.0.items.into_iter().map(item).collect(),
            days: body.0.days,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked)
            .boxed()
            .await
    }

    /// 延长补正期限
    ///
    /// By the agency that returned the entry, before or after the slip's due date; not past the end of reviews. The entry's version
    /// stays, for its applicant may be writing.
    #[oai(
        path = "/entries/:id/slip",
        method = "put",
        operation_id = "extendSlip"
    )]
    async fn extend_slip(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<ExtensionInput>,
    ) -> Result<Versioned<SlipView>, Problem> {
        may(&who, Act::Review)?;
        let version = version(if_match.0.as_deref())?;
        let ExtensionInput { days, reason } = body.0;
        let (row, slip) = slips::extend(&app, &who.0, &id, version, days, reason)
            .boxed()
            .await?;
        Ok(versioned(SlipView::try_from(slip)?, row.version))
    }

    /// 不予推荐
    ///
    /// A returned entry too, by the agency that returned it, once the slip's due date has passed. After the last stage for reviews
    /// what is left over can still be declined.
    #[oai(
        path = "/entries/:id/decline",
        method = "post",
        operation_id = "declineEntry"
    )]
    async fn decline(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<DeclineInput>,
    ) -> Result<Versioned<EntrySummary>, Problem> {
        may(&who, Act::Review)?;
        let asked = Asked::Decline {
            reason: body.0.reason,
        };
        decided(&app, &who, &id, version(if_match.0.as_deref())?, asked)
            .boxed()
            .await
    }

    /// 批量同意
    ///
    /// Each entry on its own: one that is refused does not hold the others up.
    #[oai(
        path = "/endorsements",
        method = "post",
        operation_id = "endorseEntries"
    )]
    async fn endorse_all(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        body: Json<BatchInput>,
    ) -> Result<Json<Vec<BatchResult>>, Problem> {
        may(&who, Act::Review)?;
        let (app, who, BatchInput { entries, opinion }) = (&app, &who.0, body.0);
        let decided = entries.into_iter().map(|item| {
            let asked = Asked::Endorse {
                opinion: opinion.clone(),
            };
            async move {
                let decided = reviews::decide(app, who, &item.id, item.version, asked)
                    .boxed()
                    .await;
                let refused = decided.err().map(Problem::from);
                BatchResult {
                    id: item.id,
                    done: refused.is_none(),
                    code: refused.as_ref().map(|p| p.code.clone()),
                    detail: refused.map(|p| p.detail),
                }
            }
        });
        // side by side, so that they share commits; told in the order of the request
        let results = stream::iter(decided).buffered(SIDE_BY_SIDE).collect().await;
        Ok(Json(results))
    }

    /// 认定病毒检查没有结论的材料
    ///
    /// Of a file whose `virus_check` is `unsure`, by an officer whose turn it is. `accepted`: it is harmless and can be downloaded.
    #[oai(
        path = "/entries/:id/evidence/:file/virus-verdict",
        method = "put",
        operation_id = "judgeVirusCheck"
    )]
    async fn virus_verdict(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        file: Path<String>,
        body: Json<VerdictInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::DecideFinding)?;
        let (harmless, reason) = (body.0.accepted, body.0.reason);
        Ok(
            virus_checks::judge(&app, &who.0, &id, &file, harmless, reason)
                .boxed()
                .await?,
        )
    }

    /// 认定须人工判断的事项
    ///
    /// Again, while it is the agency's turn: the last verdict counts. One that is not accepted keeps the entry from being endorsed.
    #[oai(
        path = "/entries/:id/findings/:rule/verdict",
        method = "put",
        operation_id = "decideFinding"
    )]
    async fn verdict(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        rule: Path<String>,
        body: Json<VerdictInput>,
    ) -> Result<(), Problem> {
        may(&who, Act::DecideFinding)?;
        Ok(
            reviews::decide_finding(&app, &who.0, &id, &rule, body.0.accepted, body.0.reason)
                .boxed()
                .await?,
        )
    }
}

async fn decided(
    app: &Shared,
    who: &AsOfficer,
    id: &str,
    version: i64,
    asked: Asked,
) -> Result<Versioned<EntrySummary>, Problem> {
    let row = reviews::decide(app, &who.0, id, version, asked).await?;
    let version = row.version;
    Ok(versioned(EntrySummary::try_from(&row)?, version))
}
