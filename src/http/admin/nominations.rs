//! 推荐表: drafted, stamped or scanned, sent, received.

use domain::form::{Answer, Answers};
use domain::nomination::{Item, Nomination};
use domain::permission::Act;
use futures_util::FutureExt;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Attachment, AttachmentType, Json};
use poem_openapi::types::Any;
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object, OpenApi};
use serde_json::Value;

use super::stamps::FormView;
use super::{Group, may};
use crate::app::nominations::{self, Listed, paper};
use crate::error::Error;
use crate::http::caller::AsOfficer;
use crate::http::input::{Versioned, limit, version, versioned, whole};
use crate::http::problem::Problem;
use crate::http::views::ScanView;
use crate::state::Shared;

/// Operations on lists of recommendations.
pub struct Nominations;

/// 推荐表 as drafted; the number of rows is counted, not typed.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct NominationInput {
    /// 联系人 of the recommending body.
    #[oai(validator(max_length = 60))]
    pub contact: Option<String>,
    #[oai(validator(max_length = 30))]
    pub phone: Option<String>,
    #[oai(validator(max_items = 100))]
    pub items: Vec<NominationItemInput>,
}

/// One recommended account.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct NominationItemInput {
    /// Key of the category.
    #[oai(validator(max_length = 60))]
    pub category: String,
    #[oai(validator(max_length = 100))]
    pub name: String,
    /// Key of the platform, or its name when the notice does not list it.
    #[oai(validator(max_length = 60))]
    pub platform: Option<String>,
    /// 联系人 of the account.
    #[oai(validator(max_length = 60))]
    pub contact: Option<String>,
    #[oai(validator(max_length = 30))]
    pub phone: Option<String>,
}

/// The body's seal on its list.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct NominationStampInput {
    /// Digest of the list that was looked at.
    #[oai(validator(min_length = 64, max_length = 64))]
    pub digest: String,
    /// Written into the box.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub opinion: String,
}

/// Why a list or batch goes back to its sender.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct SendingBackInput {
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A scan of the list stamped with ink.
#[derive(Multipart)]
pub struct ScanInput {
    /// PDF; judged by its content.
    file: Upload,
}

/// 推荐表.
#[derive(Object)]
pub struct NominationView {
    /// Key of the page; absent before the first save.
    #[oai(skip_serializing_if_is_none)]
    pub id: Option<String>,
    /// Title of the list.
    pub label: String,
    pub agency_id: String,
    /// 推荐单位.
    pub agency: String,
    /// draft, sent or returned.
    pub state: String,
    /// Why it was returned; until it is sent again.
    #[oai(skip_serializing_if_is_none)]
    pub return_reason: Option<String>,
    /// 推荐数量: rows that name somebody.
    pub count: u32,
    #[oai(skip_serializing_if_is_none)]
    pub contact: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub phone: Option<String>,
    pub items: Vec<NominationItemView>,
    /// Rows whose account is recommended, but not registered yet.
    pub not_registered: u32,
    /// The notice's own words on registering.
    #[oai(skip_serializing_if_is_none)]
    pub must_register: Option<String>,
    /// SHA-256 of the list as it was last saved; a stamp is bound to it.
    #[oai(skip_serializing_if_is_none)]
    pub digest: Option<String>,
    /// It carries the body's seal, set here.
    pub stamped: bool,
    /// There is a scan stamped with ink.
    pub scanned: bool,
    /// What was seen on it.
    #[oai(skip_serializing_if_is_none)]
    pub scan: Option<ScanView>,
    #[oai(skip_serializing_if_is_none)]
    pub sent_at: Option<i64>,
    pub version: i64,
}

/// One recommended account and whether it registered.
#[derive(Object)]
pub struct NominationItemView {
    pub category: String,
    pub name: String,
    #[oai(skip_serializing_if_is_none)]
    pub platform: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub contact: Option<String>,
    #[oai(skip_serializing_if_is_none)]
    pub phone: Option<String>,
    /// A submitted entry of the campaign bears this name.
    pub registered: bool,
}

fn cells(pairs: [(&str, Option<String>); 4]) -> Answers {
    let filled = pairs
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), Answer::Text(text?))));
    Answers(filled.collect())
}

impl From<NominationInput> for Nomination {
    fn from(input: NominationInput) -> Nomination {
        let item = |i: NominationItemInput| Item {
            category: i.category,
            cells: cells([
                ("name", Some(i.name)),
                ("platform", i.platform),
                ("contact", i.contact),
                ("phone", i.phone),
            ]),
        };
        Nomination {
            head: cells([
                ("contact", input.contact),
                ("phone", input.phone),
                ("", None),
                ("", None),
            ]),
            items: input.items.into_iter().map(item).collect(),
        }
    }
}

impl From<Listed> for NominationView {
    fn from(l: Listed) -> NominationView {
        let text = |cells: &Answers, key: &str| cells.text(key).map(str::to_owned);
        let missing = l.registered.iter().filter(|r| !**r).count();
        let item = |(i, registered): (&Item, &bool)| NominationItemView {
            category: i.category.clone(),
            name: i.name().to_owned(),
            platform: text(&i.cells, "platform"),
            contact: text(&i.cells, "contact"),
            phone: text(&i.cells, "phone"),
            registered: *registered,
        };
        NominationView {
            label: l.list.label.clone(),
            agency_id: l.agency.id,
            agency: l.agency.name,
            count: l.nomination.count(),
            contact: text(&l.nomination.head, "contact"),
            phone: text(&l.nomination.head, "phone"),
            items: l
                .nomination
                .items
                .iter()
                .zip(&l.registered)
                .map(item)
                .collect(),
            not_registered: u32::try_from(missing).unwrap_or(u32::MAX),
            must_register: l.list.must_register.map(|m| m.clause),
            state: l
                .row
                .as_ref()
                .map_or("draft", |r| r.state.as_str())
                .to_owned(),
            return_reason: l.row.as_ref().and_then(|r| r.return_reason.clone()),
            digest: l.digest,
            stamped: l.stamped,
            scan: l.scan.map(ScanView::from),
            scanned: l.row.as_ref().is_some_and(|r| r.document_sha256.is_some()),
            sent_at: l.row.as_ref().and_then(|r| r.sent_at),
            version: l.row.as_ref().map_or(0, |r| r.version),
            id: l.row.map(|r| r.id),
        }
    }
}

fn shown(listed: Listed) -> Versioned<NominationView> {
    let view = NominationView::from(listed);
    let version = view.version;
    versioned(view, version)
}

fn attached(pdf: Vec<u8>, name: &str) -> Attachment<Vec<u8>> {
    Attachment::new(pdf)
        .attachment_type(AttachmentType::Attachment)
        .filename(name)
}

#[OpenApi(tag = "Group::Reports")]
impl Nominations {
    /// 本单位的推荐表
    ///
    /// Version 0 before the first save.
    #[oai(
        path = "/campaigns/:slug/nominations/mine",
        method = "get",
        operation_id = "getNomination"
    )]
    async fn mine(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
    ) -> Result<Versioned<NominationView>, Problem> {
        may(&who, Act::ReadEntries)?;
        Ok(shown(nominations::mine(&app, &who.0, &slug).boxed().await?))
    }

    /// 填写推荐表
    #[oai(
        path = "/campaigns/:slug/nominations/mine",
        method = "put",
        operation_id = "saveNomination"
    )]
    async fn save(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<NominationInput>,
    ) -> Result<Versioned<NominationView>, Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        Ok(shown(
            nominations::save(&app, &who.0, &slug, version, body.0.into())
                .boxed()
                .await?,
        ))
    }

    /// 报送推荐表
    ///
    /// Once, inside its window, with its seal where the notice asks for one; a late list is given up where the notice says so. Sent
    /// again after a return, it names every entry that the body has endorsed and that was not returned since
    /// (`nomination_leaves_out`).
    #[oai(
        path = "/campaigns/:slug/nominations/mine/dispatch",
        method = "post",
        operation_id = "dispatchNomination"
    )]
    async fn dispatch(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Versioned<NominationView>, Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        Ok(shown(
            nominations::dispatch(&app, &who.0, &slug, version)
                .boxed()
                .await?,
        ))
    }

    /// 退回推荐表
    ///
    /// By an agency above, inside the window of the list; its sender corrects it and sends it again. It stays among the lists that
    /// this agency received. The same call again answers as it did the first time.
    #[oai(
        path = "/nominations/:id/return",
        method = "post",
        operation_id = "returnNomination"
    )]
    async fn give_back(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Json<SendingBackInput>,
    ) -> Result<Versioned<NominationView>, Problem> {
        may(&who, Act::Receive)?;
        let version = version(if_match.0.as_deref())?;
        Ok(shown(
            nominations::give_back(&app, &who.0, &id, version, body.0.reason)
                .boxed()
                .await?,
        ))
    }

    /// 推荐表（PDF）
    ///
    /// Drawn as it was last saved, with the body's seal once it was set.
    #[oai(
        path = "/nominations/:id/form",
        method = "get",
        operation_id = "getNominationForm"
    )]
    async fn form(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        Ok(attached(
            paper::pdf(&app, &who.0, &id).boxed().await?,
            "推荐表.pdf",
        ))
    }

    /// 核验推荐表上的印章
    #[oai(
        path = "/nominations/:id/form/verification",
        method = "get",
        operation_id = "verifyNomination"
    )]
    async fn verification(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Json<Any<Value>>, Problem> {
        may(&who, Act::ReadEntries)?;
        let report = paper::verify(&app, &who.0, &id).boxed().await?;
        Ok(Json(
            Any(serde_json::to_value(report).map_err(Error::from)?),
        ))
    }

    /// 推荐表盖章
    ///
    /// Any later change of the list voids the stamp.
    #[oai(
        path = "/nominations/:id/stamps",
        method = "post",
        operation_id = "stampNomination"
    )]
    async fn stamp(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        body: Json<NominationStampInput>,
    ) -> Result<Json<FormView>, Problem> {
        may(&who, Act::Stamp)?;
        let form = paper::stamp(&app, &who.0, &id, &body.digest, &body.opinion)
            .boxed()
            .await?;
        Ok(Json(form.into()))
    }

    /// 上传盖章后的推荐表扫描件
    ///
    /// A PDF, in the place of an earlier one. Any later change of the list removes it. What is seen on it is told with the list,
    /// as advice.
    #[oai(
        path = "/nominations/:id/scan",
        method = "put",
        operation_id = "putNominationScan"
    )]
    async fn put_scan(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: ScanInput,
    ) -> Result<(), Problem> {
        may(&who, Act::Nominate)?;
        let version = version(if_match.0.as_deref())?;
        let (bytes, _held) = whole(body.file).await?;
        Ok(paper::keep_scan(&app, &who.0, &id, version, bytes)
            .boxed()
            .await?)
    }

    /// 盖章后的推荐表扫描件
    #[oai(
        path = "/nominations/:id/scan",
        method = "get",
        operation_id = "getNominationScan"
    )]
    async fn scan(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        id: Path<String>,
    ) -> Result<Attachment<Vec<u8>>, Problem> {
        may(&who, Act::ReadEntries)?;
        Ok(attached(
            paper::scan(&app, &who.0, &id).boxed().await?,
            "推荐表扫描件.pdf",
        ))
    }

    /// 收到的推荐表
    #[oai(
        path = "/campaigns/:slug/nominations",
        method = "get",
        operation_id = "listNominations"
    )]
    async fn received(
        &self,
        who: AsOfficer,
        app: Data<&Shared>,
        slug: Path<String>,
        after: Query<Option<String>>,
        #[oai(name = "limit")] limit_: Query<Option<u64>>,
    ) -> Result<Json<Vec<NominationView>>, Problem> {
        may(&who, Act::Receive)?;
        let lists =
            nominations::received(&app, &who.0, &slug, after.0.as_deref(), limit(limit_.0)?)
                .boxed()
                .await?;
        Ok(Json(lists.into_iter().map(NominationView::from).collect()))
    }
}
