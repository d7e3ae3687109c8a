//! What applicants answer when they are asked for subscribe messages.

use entity::subscription;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{Object, OpenApi};

use super::Group;
use crate::app::messages;
use crate::http::caller::AsApplicant;
use crate::http::input::call;
use crate::http::problem::Problem;
use crate::state::Shared;

/// Operations on subscriptions.
pub struct Subscriptions;

/// The answer to one template of `wx.requestSubscribeMessage`.
#[derive(Object)]
#[oai(deny_unknown_fields, example)]
pub struct SubscriptionInput {
    /// One of those that `GET /client-settings` names.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub template_id: String,
    /// Whether it was `accept`; each acceptance is good for one message, or for good where the template is a lasting one.
    pub accepted: bool,
}

impl Example for SubscriptionInput {
    fn example() -> SubscriptionInput {
        SubscriptionInput {
            template_id: "GmQYdC0lzGKyVSvWBcFPvTyRt4CoiiVpHBMuKo5LmNw".into(),
            accepted: true,
        }
    }
}

/// What is accepted of a template by now.
#[derive(Object)]
pub struct SubscriptionView {
    pub template_id: String,
    /// Messages that may still be sent, 20 at most.
    pub budget: i32,
    /// The last answer was no, or WeChat said that messages are no longer wanted.
    pub refused: bool,
}

impl From<subscription::Model> for SubscriptionView {
    fn from(row: subscription::Model) -> SubscriptionView {
        SubscriptionView {
            template_id: row.template_id,
            budget: row.budget,
            refused: row.refused_at.is_some(),
        }
    }
}

#[OpenApi(tag = "Group::Sessions")]
impl Subscriptions {
    /// 订阅消息授权结果
    ///
    /// One call for each template that WeChat answered for; for applicants who signed in by WeChat.
    #[oai(
        path = "/me/subscriptions",
        method = "post",
        operation_id = "subscribe"
    )]
    async fn subscribe(
        &self,
        who: AsApplicant,
        app: Data<&Shared>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
        body: Json<SubscriptionInput>,
    ) -> Result<Json<SubscriptionView>, Problem> {
        let request = format!("{}\n{}", body.template_id, body.accepted);
        let call = call(&who.0.id, key.0, "subscribe", &request)?;
        let kept = messages::subscribe(&app, &who.0, &body.template_id, body.accepted, call);
        Ok(Json(kept.await?.into()))
    }
}
