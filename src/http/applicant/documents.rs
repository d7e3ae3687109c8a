//! Originals by the number printed on them; for anybody who holds a copy.

use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Any;
use poem_openapi::types::multipart::Upload as File;
use poem_openapi::{Enum, Multipart, Object, OpenApi};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::Group;
use crate::app::throttles::{self, Throttle};
use crate::app::verification::{
    self, Fact, Kind, Likeness, Original, Paper, SealLine, Standing, Worth,
};
use crate::error::Error;
use crate::http::input::whole;
use crate::http::problem::Problem;
use crate::http::shell::ClientIp;
use crate::state::Shared;

/// Operations on originals.
pub struct Documents;

/// What an original is worth today.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum StandingView {
    /// No office has stamped it yet.
    Unsealed,
    Valid,
    /// Another form took its place.
    Superseded,
    /// Returned, declined or withdrawn: its seals are void.
    Revoked,
    /// The stored file is not what was sealed.
    Altered,
}

impl From<Standing> for StandingView {
    fn from(standing: Standing) -> StandingView {
        match standing {
            Standing::Unsealed => StandingView::Unsealed,
            Standing::Valid => StandingView::Valid,
            Standing::Superseded => StandingView::Superseded,
            Standing::Revoked => StandingView::Revoked,
            Standing::Altered => StandingView::Altered,
        }
    }
}

/// A seal on the original.
#[derive(Object)]
pub struct SealView {
    pub slot: String,
    pub agency: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub valid: bool,
    /// Nothing came after it, not even another seal.
    pub covers_whole_file: bool,
    /// What it covers is, byte for byte, what the office had looked at when it stamped.
    pub reviewed: bool,
    /// What else there is to say of it, and what changed since; Chinese, for people.
    pub remarks: Vec<String>,
}

impl From<SealLine> for SealView {
    fn from(line: SealLine) -> SealView {
        SealView {
            slot: line.slot,
            agency: line.agency,
            at: line.at,
            valid: line.valid,
            covers_whole_file: line.covers_whole_file,
            reviewed: line.reviewed,
            remarks: line.remarks,
        }
    }
}

/// An original, without personal data.
#[derive(Object)]
pub struct OriginalView {
    pub code: String,
    pub standing: StandingView,
    pub campaign: String,
    pub form: String,
    /// Name of the account or work that was entered.
    pub name: String,
    pub category: String,
    pub round: i32,
    pub pages: i32,
    /// SHA-256 of the stored file, hexadecimal.
    pub sha256: String,
    pub issued_at: i64,
    pub seals: Vec<SealView>,
    /// Boxes that are empty, in words: of offices that have not decided yet, or need not stamp.
    pub open: Vec<String>,
    /// Faults of the stored file as a whole; Chinese, for people.
    pub problems: Vec<String>,
}

impl From<Original> for OriginalView {
    fn from(o: Original) -> OriginalView {
        OriginalView {
            code: o.code,
            standing: o.standing.into(),
            campaign: o.campaign,
            form: o.form,
            name: o.name,
            category: o.category,
            round: o.round,
            pages: o.pages,
            sha256: o.sha256,
            issued_at: o.issued_at,
            seals: o.seals.into_iter().map(SealView::from).collect(),
            open: o.open,
            problems: o.problems,
        }
    }
}

/// Which paper.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum PaperKindView {
    /// 申报回执.
    Receipt,
    /// 补正通知.
    Slip,
    /// 报送清单.
    Cover,
}

/// What a paper is worth today.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum PaperWorthView {
    /// It stands for something once it is sent.
    Pending,
    Valid,
    /// What it asked for was done.
    Superseded,
    /// What it stands for was withdrawn, returned or given up.
    Revoked,
}

/// A receipt, a slip or the list of a batch, without personal data.
#[derive(Object)]
pub struct PaperView {
    pub code: String,
    pub kind: PaperKindView,
    pub worth: PaperWorthView,
    /// What that means; Chinese, for people.
    pub meaning: String,
    /// What it ought to say, to be compared with the sheet in hand.
    pub facts: Vec<PaperFactView>,
}

/// A label and what stands behind it; Chinese, for people.
#[derive(Object)]
pub struct PaperFactView {
    pub label: String,
    pub text: String,
}

impl From<Paper> for PaperView {
    fn from(paper: Paper) -> PaperView {
        let fact = |fact: Fact| PaperFactView {
            label: fact.label,
            text: fact.text,
        };
        PaperView {
            code: paper.code,
            kind: match paper.kind {
                Kind::Receipt => PaperKindView::Receipt,
                Kind::Slip => PaperKindView::Slip,
                Kind::Cover => PaperKindView::Cover,
            },
            worth: match paper.worth {
                Worth::Pending => PaperWorthView::Pending,
                Worth::Valid => PaperWorthView::Valid,
                Worth::Superseded => PaperWorthView::Superseded,
                Worth::Revoked => PaperWorthView::Revoked,
            },
            meaning: paper.meaning.into(),
            facts: paper.facts.into_iter().map(fact).collect(),
        }
    }
}

/// How a copy compares with the original.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum LikenessView {
    /// Byte for byte the stored file.
    Same,
    /// The stored file as it was before its last seals.
    Earlier,
    Different,
}

/// A copy, compared and judged.
#[derive(Object)]
pub struct ComparisonView {
    pub likeness: LikenessView,
    /// Of the original: a copy may be true to one that does not count any more, and its signatures sound.
    pub standing: StandingView,
    /// Every signature of the copy: whose, when, over what, whether the whole file is covered, what changed since, whether the
    /// content is what was reviewed.
    pub report: Any<Value>,
}

/// Anybody may ask, so these are few at once: they share parsers with what is handed in.
static COMPARISONS: Semaphore = Semaphore::const_new(4);

/// A copy.
#[derive(Multipart)]
pub struct CopyInput {
    /// The PDF, as it was received.
    file: File,
}

#[OpenApi(tag = "Group::Documents")]
impl Documents {
    /// 按编号核验申报表
    #[oai(
        path = "/documents/:code",
        method = "get",
        operation_id = "getOriginal"
    )]
    async fn get(
        &self,
        app: Data<&Shared>,
        code: Path<String>,
    ) -> Result<Json<OriginalView>, Problem> {
        Ok(Json(
            verification::original(&app, &code).boxed().await?.into(),
        ))
    }

    /// 按编号核验回执、补正通知、报送清单
    #[oai(path = "/papers/:code", method = "get", operation_id = "getPaper")]
    async fn paper(
        &self,
        app: Data<&Shared>,
        code: Path<String>,
    ) -> Result<Json<PaperView>, Problem> {
        let paper = verification::paper(&app, &code).boxed().await?;
        Ok(Json(paper.into()))
    }

    /// 与原件比对
    ///
    /// The copy is looked at and forgotten.
    #[oai(
        path = "/documents/:code/comparison",
        method = "post",
        operation_id = "compareCopy"
    )]
    async fn compare(
        &self,
        app: Data<&Shared>,
        from: Data<&ClientIp>,
        code: Path<String>,
        body: CopyInput,
    ) -> Result<Json<ComparisonView>, Problem> {
        throttles::count(&app, Throttle::comparisons(&app, from.0.0))
            .boxed()
            .await?;
        let judging = COMPARISONS.acquire().await;
        let _judging = judging.map_err(|e| Error::Bug(e.to_string()))?;
        let (bytes, _held) = whole(body.file).await?;
        let compared = verification::compare(&app, &code, bytes).boxed().await?;
        let likeness = match compared.likeness {
            Likeness::Same => LikenessView::Same,
            Likeness::Earlier => LikenessView::Earlier,
            Likeness::Different => LikenessView::Different,
        };
        let report = Any(serde_json::to_value(compared.report).map_err(Error::from)?);
        Ok(Json(ComparisonView {
            likeness,
            standing: compared.standing.into(),
            report,
        }))
    }
}
