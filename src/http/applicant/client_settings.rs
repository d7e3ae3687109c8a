//! What the clients of this site may show.

use poem::web::Data;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Enum, Object, OpenApi};

use super::Group;
use crate::http::problem::Problem;
use crate::state::{App, Shared};
use crate::wechat::template::{Occasion, Template};

/// Operations on what clients are told.
pub struct ClientSettings;

/// Which features are on. One that is off is not shown; its operations refuse.
#[derive(Object)]
#[oai(example)]
pub struct ClientSettingsView {
    /// `POST /sessions/wechat`, in the mini-program.
    pub wechat_sign_in: bool,
    /// `POST /phone-codes` and `POST /sessions/phone`.
    pub phone_sign_in: bool,
    /// `PUT /me/phone`, with the code of WeChat's phone component.
    pub phone_exchange: bool,
    /// `GET /entries/{id}/code`.
    pub entry_codes: bool,
    /// Web pages inside WeChat go to `/wechat/sign-in` of this site; they come back with `sign_in`, for
    /// `POST /sessions/official-account`, or `sign_in_error`.
    pub official_account_sign_in: bool,
    /// What is handed in is judged by WeChat: the client's privacy text must say so.
    pub content_check: bool,
    /// For `wx.requestSubscribeMessage`; answers go to `POST /me/subscriptions`. None: messages are off.
    pub subscribe_templates: Vec<TemplateView>,
}

/// A template of subscribe messages.
#[derive(Object)]
pub struct TemplateView {
    pub template_id: String,
    /// What it tells of.
    pub occasions: Vec<OccasionView>,
    /// Accepted once for good; others are good for one message each time they are accepted.
    pub lasting: bool,
}

/// What a message tells of.
#[derive(Enum)]
#[oai(rename = "Occasion", rename_all = "snake_case")]
pub enum OccasionView {
    Returned,
    ReturnDue,
    StepPassed,
    Endorsed,
    Declined,
    CertificateIssued,
}

impl From<Occasion> for OccasionView {
    fn from(o: Occasion) -> OccasionView {
        match o {
            Occasion::Returned => OccasionView::Returned,
            Occasion::ReturnDue => OccasionView::ReturnDue,
            Occasion::StepPassed => OccasionView::StepPassed,
            Occasion::Endorsed => OccasionView::Endorsed,
            Occasion::Declined => OccasionView::Declined,
            Occasion::CertificateIssued => OccasionView::CertificateIssued,
        }
    }
}

impl From<&Template> for TemplateView {
    fn from(t: &Template) -> TemplateView {
        TemplateView {
            template_id: t.id.clone(),
            occasions: t.occasions.iter().map(|o| (*o).into()).collect(),
            lasting: t.lasting,
        }
    }
}

impl Example for ClientSettingsView {
    fn example() -> ClientSettingsView {
        ClientSettingsView {
            wechat_sign_in: true,
            phone_sign_in: true,
            phone_exchange: true,
            entry_codes: true,
            official_account_sign_in: false,
            content_check: true,
            subscribe_templates: vec![TemplateView {
                template_id: "GmQYdC0lzGKyVSvWBcFPvTyRt4CoiiVpHBMuKo5LmNw".into(),
                occasions: vec![OccasionView::Returned, OccasionView::Endorsed],
                lasting: false,
            }],
        }
    }
}

impl From<&App> for ClientSettingsView {
    fn from(app: &App) -> ClientSettingsView {
        let s = &app.settings;
        ClientSettingsView {
            wechat_sign_in: s.wechat.is_on(),
            // `serve` does not start without a way to send codes, and the demo writes them to its log
            phone_sign_in: true,
            phone_exchange: s.wechat.is_on() && s.wechat.phone_exchange,
            entry_codes: s.wechat.is_on() && !s.wechat.entry_page.is_empty(),
            official_account_sign_in: s.wechat.account_is_on(),
            content_check: s.wechat.check_content,
            subscribe_templates: app.templates.iter().map(TemplateView::from).collect(),
        }
    }
}

#[OpenApi(tag = "Group::Sessions")]
impl ClientSettings {
    /// 客户端可用的功能
    #[oai(
        path = "/client-settings",
        method = "get",
        operation_id = "getClientSettings"
    )]
    async fn get(&self, app: Data<&Shared>) -> Result<Json<ClientSettingsView>, Problem> {
        Ok(Json(ClientSettingsView::from(app.0.as_ref())))
    }
}
