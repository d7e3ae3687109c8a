//! Subscribe messages (订阅消息) on their way to WeChat.

use serde_json::{Value, json};

use super::{Nothing, Trouble, WeChat};

/// A message to one person.
#[derive(Debug, Clone)]
pub struct Message {
    pub openid: String,
    pub template: String,
    /// Opened by a tap, with its query; empty: the message opens nothing.
    pub page: String,
    pub data: Value,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Sent,
    /// The person has not accepted, or no longer (43101).
    NotAccepted,
    /// It never will be; with WeChat's number, and the field that it names.
    Refused {
        errcode: i64,
        field: Option<String>,
    },
    /// It was not sent, and may be later.
    Later(String),
    /// Nobody knows; WeChat would send it again.
    Unclear(String),
}

impl WeChat {
    /// `POST /cgi-bin/message/subscribe/send`. WeChat knows no repeated call: the same message twice is two.
    pub async fn send_message(&self, message: &Message) -> Delivery {
        let mut body = json!({
            "touser": message.openid, "template_id": message.template, "data": message.data,
            "miniprogram_state": self.settings.release.as_state(), "lang": "zh_CN",
        });
        if !message.page.is_empty() {
            body["page"] = json!(message.page);
        }
        let path = "/cgi-bin/message/subscribe/send";
        match self.with_token::<Nothing>(path, &body).await {
            Ok(Ok(_)) => Delivery::Sent,
            Ok(Err(told)) => match told.errcode {
                43101 => Delivery::NotAccepted,
                // busy; the day's or the minute's calls are used up
                -1 | 45009 | 45011 => Delivery::Later(format!("errcode {}", told.errcode)),
                errcode => Delivery::Refused {
                    errcode,
                    field: named(&message.data, &told.errmsg),
                },
            },
            Err(Trouble::Off(refusal)) => Delivery::Later(refusal.code.into()),
            Err(Trouble::NotDone(text)) => Delivery::Later(text),
            Err(Trouble::Unclear(text)) => Delivery::Unclear(text),
        }
    }
}

/// The field that WeChat's sentence names; the sentence itself may repeat what was sent.
fn named(data: &Value, sentence: &str) -> Option<String> {
    let fields = data.as_object()?.keys();
    let mut named = fields.filter(|name| sentence.contains(&format!("data.{name}.")));
    named.next().cloned()
}
