//! The mini-program's account at WeChat, and what of it is used. What is not set is off, and clients do not show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fault, Secret, fault};
use crate::wechat::push::PushKeys;
use crate::wechat::template::{Occasion, Template};

/// The account and its features.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeChat {
    /// Empty: nothing of WeChat's is used.
    pub base_url: String,
    pub app_id: String,
    pub app_secret: Secret,
    /// Phones may be bound by the phone component; WeChat bills each exchange.
    pub phone_exchange: bool,
    /// Token of the message push (消息推送), as in WeChat's console; empty: pushes are not taken.
    pub push_token: Secret,
    /// Its EncodingAESKey, for safe mode; empty: plain mode.
    pub push_key: Secret,
    /// Texts and pictures that are handed in are judged by WeChat (内容安全).
    pub check_content: bool,
    /// Which build of the mini-program messages and codes open.
    pub release: Release,
    /// Page that a message opens, with the entry's id as `id`; empty: none.
    pub message_page: String,
    /// Page that an entry's code (小程序码) opens, with the entry's id without hyphens as `scene`; empty: there are no codes.
    pub entry_page: String,
    /// The official account (公众号、服务号) by which readers of web pages sign in; empty: they cannot.
    pub account_app_id: String,
    pub account_app_secret: Secret,
    /// Where browsers are sent for it.
    pub account_authorize_url: String,
    /// Path of the page to which they come back.
    pub account_page: String,
    /// Subscribe messages (订阅消息); none: none are sent.
    pub templates: Vec<MessageTemplate>,
}

/// Builds of a mini-program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    Release,
    Trial,
    Develop,
}

impl Release {
    /// Its name where messages are sent.
    #[must_use]
    pub fn as_state(self) -> &'static str {
        match self {
            Release::Release => "formal",
            Release::Trial => "trial",
            Release::Develop => "developer",
        }
    }

    /// Its name where codes are made.
    #[must_use]
    pub fn as_version(self) -> &'static str {
        match self {
            Release::Release => "release",
            Release::Trial => "trial",
            Release::Develop => "develop",
        }
    }
}

/// A template as the console of WeChat has it.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MessageTemplate {
    pub id: String,
    /// What it tells of.
    pub occasions: Vec<Occasion>,
    /// By the field's name, as `thing1`: entry, campaign, step, receipt, result, at, due, or a fixed text after `=`.
    pub fields: BTreeMap<String, String>,
    /// A long-term template (长期订阅), open to some kinds of account only.
    #[serde(default)]
    pub lasting: bool,
}

impl Default for WeChat {
    fn default() -> WeChat {
        WeChat {
            base_url: "https://api.weixin.qq.com".into(),
            app_id: String::new(),
            app_secret: Secret::default(),
            phone_exchange: true,
            push_token: Secret::default(),
            push_key: Secret::default(),
            check_content: false,
            release: Release::Release,
            message_page: String::new(),
            entry_page: String::new(),
            account_app_id: String::new(),
            account_app_secret: Secret::default(),
            account_authorize_url: "https://open.weixin.qq.com/connect/oauth2/authorize".into(),
            account_page: "/m/".into(),
            templates: vec![],
        }
    }
}

impl WeChat {
    /// Whether anything of WeChat's is used.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.base_url.is_empty() && !self.app_id.is_empty()
    }

    /// Settings that lean on each other.
    pub fn check_features(&self) -> Result<(), Fault> {
        for (name, path) in [
            ("wechat.message_page", &self.message_page),
            ("wechat.entry_page", &self.entry_page),
        ] {
            if !is_page(path) {
                return Err(fault(name, PAGE));
            }
        }
        if self.check_content && self.push_keys()?.is_none() {
            let fault_of = "needs wechat.push_token: answers about pictures are pushed";
            return Err(fault("wechat.check_content", fault_of));
        }
        if self.account_is_on() && !is_path(&self.account_page) {
            let unfit = "is no path on this site: /m/ or the like, without a query";
            return Err(fault("wechat.account_page", unfit));
        }
        Ok(())
    }

    /// Keys of the message push, where it is used.
    pub fn push_keys(&self) -> Result<Option<PushKeys>, Fault> {
        if self.push_token.0.is_empty() {
            return match self.push_key.0.is_empty() {
                true => Ok(None),
                false => Err(fault("wechat.push_token", "is missing")),
            };
        }
        if !self.is_on() {
            return Err(fault("wechat.push_token", "is set while WeChat is off"));
        }
        let keys = PushKeys::new(&self.push_token.0, &self.push_key.0, &self.app_id);
        let unfit = "is no EncodingAESKey: 43 letters and digits";
        keys.map(Some)
            .ok_or_else(|| fault("wechat.push_key", unfit))
    }

    /// Templates, each held against WeChat's rules for its fields; an occasion has one at most.
    pub fn read_templates(&self) -> Result<Vec<Template>, Fault> {
        let mut read = Vec::<Template>::new();
        for set in &self.templates {
            let unfit = |what: String| fault("wechat.templates", format!("{}: {what}", set.id));
            if !self.is_on() {
                return Err(unfit("is set while WeChat is off".into()));
            }
            let template = Template::new(&set.id, &set.occasions, set.lasting, &set.fields);
            let template = template.map_err(unfit)?;
            let met = |t: &Template| t.occasions.iter().any(|o| set.occasions.contains(o));
            if read.iter().any(|t| t.id == set.id || met(t)) {
                return Err(unfit("another has the same id or occasion".into()));
            }
            read.push(template);
        }
        Ok(read)
    }

    /// Whether readers of web pages may sign in by the official account.
    #[must_use]
    pub fn account_is_on(&self) -> bool {
        !self.base_url.is_empty() && !self.account_app_id.is_empty()
    }

    /// What must be there before real users come.
    pub(super) fn check_for_serve(&self) -> Result<(), Fault> {
        if self.base_url.is_empty() {
            return Ok(());
        }
        let advice =
            "is missing; set it, or set wechat.base_url to an empty text to turn WeChat off";
        if self.app_id.is_empty() {
            return Err(fault("wechat.app_id", advice));
        }
        if self.app_secret.0.is_empty() {
            return Err(fault("wechat.app_secret", advice));
        }
        if self.account_is_on() {
            if self.account_app_secret.0.is_empty() {
                return Err(fault("wechat.account_app_secret", "is missing"));
            }
            if !self.account_authorize_url.starts_with("https://") {
                return Err(fault(
                    "wechat.account_authorize_url",
                    "must begin with https://",
                ));
            }
        }
        Ok(())
    }
}

const PAGE: &str =
    "is no page: as in app.json, without a slash at its beginning and without a query";

fn is_page(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    !path.starts_with('/') && path.len() <= 200 && path.chars().all(fits)
}

fn is_path(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "/_-.#".contains(c);
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(fits)
}
