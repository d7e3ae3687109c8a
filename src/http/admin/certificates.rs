//! 证书、奖牌、公示等公文: drafts and print files for the organiser.

use documents::papers::{Column, Listing, Official, Signer};
use domain::certificate::Kind;
use domain::permission::Act;
use futures_util::FutureExt;
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::Group;
use super::campaigns::organised;
use crate::app::certificates::{self, Honoured, Issued, Order};
use crate::app::forms;
use crate::db::events::By;
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::download::{Download, download};
use crate::http::input::limit;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on certificates and official papers.
pub struct Certificates;

/// What is printed.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[oai(rename_all = "snake_case")]
pub enum PrintKindView {
    /// 荣誉证书.
    Certificate,
    /// 奖牌.
    Plaque,
}

/// A name on the list.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct HonouredInput {
    #[oai(validator(min_length = 1, max_length = 100))]
    pub name: String,
    /// Number of the certificate; each once.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub number: String,
}

/// A list to be printed.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct PrintInput {
    pub kind: PrintKindView,
    /// Empty when the names are those of endorsed entries.
    #[oai(validator(max_items = 500))]
    pub names: Vec<HonouredInput>,
    /// Key of a category: its endorsed entries instead of `names`. One on the register is printed as it was issued, whatever
    /// else is written here; the others take the next numbers that are free, and one whose certificates were withdrawn is left
    /// out.
    #[oai(skip_serializing_if_is_none, validator(max_length = 60))]
    pub endorsed: Option<String>,
    /// Ids of entries of that category whose certificates were withdrawn to be corrected: each gets a new one.
    #[oai(skip_serializing_if_is_none, validator(max_items = 500))]
    pub reissue: Option<Vec<String>>,
    #[oai(validator(min_length = 1, max_length = 30))]
    pub title: String,
    /// What a certificate says after the name; the upper line of a plaque. 特发此证，以资鼓励。 follows on a certificate whose text does
    /// not speak of 此证 itself.
    #[oai(validator(max_length = 300))]
    pub text: String,
    /// 落款单位.
    #[oai(validator(min_items = 1, max_items = 3))]
    pub agencies: Vec<SignatoryInput>,
    /// 落款日期, as it is printed.
    #[oai(validator(max_length = 30))]
    pub date: String,
    /// Draw the frame of a certificate; false for printed paper.
    pub frame: bool,
    /// They are meant: each goes on the register and bears a code to be looked up. False: proof sheets.
    pub issue: bool,
}

/// A certificate on the register.
#[derive(Object)]
pub struct CertificateView {
    pub id: String,
    pub kind: PrintKindView,
    pub number: String,
    pub name: String,
    pub title: String,
    pub date: String,
    /// Where its QR code leads.
    pub code: String,
    /// The honoured entry, where the list was made from entries.
    #[oai(skip_serializing_if_is_none)]
    pub entry_id: Option<String>,
    /// Epoch milliseconds.
    pub issued_at: i64,
    #[oai(skip_serializing_if_is_none)]
    pub revoked_at: Option<i64>,
    /// Why it was withdrawn.
    #[oai(skip_serializing_if_is_none)]
    pub reason: Option<String>,
}

impl From<Kind> for PrintKindView {
    fn from(kind: Kind) -> PrintKindView {
        match kind {
            Kind::Certificate => PrintKindView::Certificate,
            Kind::Plaque => PrintKindView::Plaque,
        }
    }
}

impl From<Issued> for CertificateView {
    fn from(i: Issued) -> CertificateView {
        CertificateView {
            id: i.row.id,
            kind: i.certificate.kind.into(),
            number: i.certificate.number,
            name: i.certificate.name,
            title: i.certificate.title,
            date: i.certificate.date,
            code: i.row.code,
            entry_id: i.row.entry_id,
            issued_at: i.row.issued_at,
            revoked_at: i.row.revoked_at,
            reason: i.row.reason,
        }
    }
}

/// Withdrawing a certificate.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct CertificateReasonInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// 落款单位.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct SignatoryInput {
    #[oai(validator(min_length = 1, max_length = 60))]
    pub name: String,
}

/// 公示、通报表扬、表彰决定, to be drawn.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct OfficialPaperInput {
    #[oai(validator(min_length = 1, max_length = 100))]
    pub title: String,
    /// 发文机关标志; absent: no red head.
    #[oai(skip_serializing_if_is_none, validator(max_length = 50))]
    pub header: Option<String>,
    /// 发文字号.
    #[oai(skip_serializing_if_is_none, validator(max_length = 40))]
    pub number: Option<String>,
    /// 主送机关, without its colon.
    #[oai(skip_serializing_if_is_none, validator(max_length = 200))]
    pub to: Option<String>,
    /// The text, paragraphs divided by a line break.
    #[oai(validator(min_length = 1, max_length = 20000))]
    pub text: String,
    #[oai(validator(max_items = 20))]
    pub lists: Vec<OfficialListInput>,
    /// 结语, such as 特此公示。
    #[oai(skip_serializing_if_is_none, validator(max_length = 300))]
    pub closing: Option<String>,
    /// 落款单位.
    #[oai(validator(min_items = 1, max_items = 6))]
    pub agencies: Vec<SignatoryInput>,
    /// 成文日期, as it is printed.
    #[oai(validator(max_length = 30))]
    pub date: String,
}

/// A numbered list of names.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct OfficialListInput {
    #[oai(validator(max_length = 100))]
    pub heading: String,
    /// Empty when the names are those of endorsed entries.
    #[oai(validator(max_items = 500))]
    pub names: Vec<SignatoryInput>,
    /// Key of a category: its endorsed entries instead of `names`.
    #[oai(skip_serializing_if_is_none, validator(max_length = 60))]
    pub endorsed: Option<String>,
}

impl OfficialListInput {
    async fn listing(
        self,
        app: &Shared,
        of: &crate::app::campaigns::Campaign,
    ) -> Result<Listing, Problem> {
        let names: Vec<String> = match &self.endorsed {
            Some(category) => {
                let found = certificates::endorsed(app, of, category).boxed().await?;
                found.into_iter().map(|(_, name)| name).collect()
            }
            None => self.names.into_iter().map(|n| n.name).collect(),
        };
        let column = |label: &str, wide| Column {
            label: label.into(),
            wide,
        };
        let rows = names.into_iter().enumerate();
        Ok(Listing {
            heading: self.heading,
            columns: vec![column("序号", false), column("名称", true)],
            rows: rows
                .map(|(n, name)| vec![(n + 1).to_string(), name])
                .collect(),
        })
    }
}

#[OpenApi(tag = "Group::Papers")]
impl Certificates {
    /// 证书、奖牌印制文件（ZIP）
    ///
    /// One PDF a name, made while it is sent; `X-Entries` says how many, `X-As-Issued` how many of them the register has with
    /// other words, which stand, and `X-Left-Out` how many entries have none any more (`未印制.txt` names them). Characters that
    /// no font has are named before anything is sent. With `issue` the same list again has the same codes; a number that
    /// stands for something else is refused, and nothing of the list goes on the register.
    #[oai(
        path = "/campaigns/:slug/certificates/print-files",
        method = "post",
        operation_id = "printCertificates"
    )]
    async fn print(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        body: Json<PrintInput>,
    ) -> Result<Download<Body>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let body = body.0;
        let kind = match body.kind {
            PrintKindView::Certificate => Kind::Certificate,
            PrintKindView::Plaque => Kind::Plaque,
        };
        let reissue = body.reissue.unwrap_or_default();
        let (honoured, left_out) = match &body.endorsed {
            Some(category) => {
                certificates::numbered(&app, &campaign, category, kind, &reissue)
                    .boxed()
                    .await?
            }
            None => {
                let named = |n: HonouredInput| Honoured {
                    name: n.name,
                    number: n.number,
                    entry: None,
                    issued: None,
                };
                (body.names.into_iter().map(named).collect(), vec![])
            }
        };
        let lacking = left_out.len();
        let order = Order {
            kind,
            honoured,
            title: body.title,
            text: body.text,
            agencies: body.agencies.into_iter().map(|a| a.name).collect(),
            date: body.date,
            frame: body.frame,
            left_out,
        };
        let by = By::officer(&who.0, app.now());
        let issue = body.issue.then_some((&campaign, &by));
        let printed = certificates::print(&app, order, issue).boxed().await?;
        let body = Body::from_bytes_stream(printed.pieces);
        let answer = download(body, "print-files.zip", "印制文件.zip");
        Ok(answer
            .header("x-entries", printed.count.to_string())
            .header("x-as-issued", printed.as_issued.to_string())
            .header("x-left-out", lacking.to_string()))
    }

    /// 证书登记簿
    ///
    /// Newest first.
    #[oai(
        path = "/campaigns/:slug/certificates",
        method = "get",
        operation_id = "listCertificates"
    )]
    async fn list(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        before: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<CertificateView>>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let (before, limit) = (before.0.as_deref(), limit(limit_.0)?);
        let page = certificates::list(&app, &campaign, before, limit)
            .boxed()
            .await?;
        Ok(Json(page.into_iter().map(CertificateView::from).collect()))
    }

    /// 撤销证书
    ///
    /// For good; whoever looks it up is told.
    #[oai(
        path = "/campaigns/:slug/certificates/:certificate/revocation",
        method = "post",
        operation_id = "revokeCertificate"
    )]
    async fn revoke(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        certificate: Path<String>,
        body: Json<CertificateReasonInput>,
    ) -> Result<Json<CertificateView>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let by = By::officer(&who.0, app.now());
        let reason = body.0.reason;
        let revoked = certificates::revoke(&app, &campaign, &by, &certificate, reason)
            .boxed()
            .await?;
        Ok(Json(revoked.into()))
    }

    /// 公示、通报表扬、表彰决定（PDF，GB/T 9704 版式）
    ///
    /// A draft to be sealed and published by the office; nothing is stored, so it bears no QR code. Each agency has an empty signature
    /// field, `seal-1`, `seal-2` and so on in their order, over its name, the last one over the date as well: for ink, or for
    /// whatever tool the office seals its papers with.
    #[oai(
        path = "/campaigns/:slug/official-papers/draft",
        method = "post",
        operation_id = "draftOfficialPaper"
    )]
    async fn official(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        body: Json<OfficialPaperInput>,
    ) -> Result<Download<Vec<u8>>, Problem> {
        let campaign = organised(&app, &who, &slug, Act::RunCampaign)
            .boxed()
            .await?;
        let body = body.0;
        let mut lists = Vec::new();
        for list in body.lists {
            lists.push(list.listing(&app, &campaign).await?);
        }
        let signer = |(n, a): (usize, SignatoryInput)| Signer {
            id: format!("seal-{}", n + 1),
            agency: a.name,
        };
        let paper = Official {
            title: body.title,
            header: body.header.unwrap_or_default(),
            number: body.number.unwrap_or_default(),
            to: body.to.unwrap_or_default(),
            paragraphs: body.text.lines().map(str::to_owned).collect(),
            lists,
            closing: body.closing.into_iter().collect(),
            signers: body.agencies.into_iter().enumerate().map(signer).collect(),
            date: body.date,
            ..Official::default()
        };
        let data = serde_json::to_value(&paper).map_err(Error::from)?;
        let template = <Official as documents::papers::Paper>::TEMPLATE.to_owned();
        let drawn = forms::render(&app, template, data, app.now())
            .boxed()
            .await?;
        Ok(download(drawn.pdf, "official-paper.pdf", "公文稿.pdf"))
    }
}
