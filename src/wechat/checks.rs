//! 内容安全: WeChat's own judgement of texts and pictures.

use serde::Deserialize;
use serde_json::json;

use super::{Told, Trouble, WeChat};

/// Characters of one text check.
pub const TEXT_CHARS: usize = 2500;

/// What WeChat thinks of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Pass,
    /// A person should look.
    Review,
    Risky,
}

impl Verdict {
    /// By WeChat's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Verdict> {
        match word {
            "pass" => Some(Verdict::Pass),
            "review" => Some(Verdict::Review),
            "risky" => Some(Verdict::Risky),
            _ => None,
        }
    }
}

/// A verdict with the number of its reason: 100 none, 20001 politics, 20002 pornography …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    pub verdict: Verdict,
    pub label: i32,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unchecked {
    /// There will be none: of this person, or of this thing.
    Never(String),
    /// Asking again may bring one.
    Later(String),
}

#[derive(Deserialize)]
struct TextBody {
    result: ResultBody,
}

#[derive(Deserialize)]
struct ResultBody {
    suggest: String,
    #[serde(default)]
    label: i32,
}

#[derive(Deserialize)]
struct MediaBody {
    trace_id: String,
}

/// 资料 (1 资料, 2 评论, 3 论坛, 4 社交日志).
const SCENE: u8 = 1;

impl WeChat {
    /// `POST /wxa/msg_sec_check`, version 2: of at most [`TEXT_CHARS`], by a person who was here within two hours.
    pub async fn check_text(&self, openid: &str, text: &str) -> Result<Judged, Unchecked> {
        let body = json!({ "version": 2, "scene": SCENE, "openid": openid, "content": text });
        let asked = self.with_token::<TextBody>("/wxa/msg_sec_check", &body);
        let found = asked.await.map_err(later)?.map_err(by_errcode)?.result;
        let verdict = Verdict::parse(&found.suggest);
        let unknown = || Unchecked::Later("verdict is not as documented".into());
        Ok(Judged {
            verdict: verdict.ok_or_else(unknown)?,
            label: found.label,
        })
    }

    /// `POST /wxa/media_check_async`, version 2: asks for a picture at an address. The answer is pushed within half an hour
    /// and names the same trace.
    pub async fn check_picture(&self, openid: &str, url: &str) -> Result<String, Unchecked> {
        let body = json!({
            "version": 2, "scene": SCENE, "openid": openid, "media_type": 2, "media_url": url,
        });
        let asked = self.with_token::<MediaBody>("/wxa/media_check_async", &body);
        let trace = asked.await.map_err(later)?.map_err(by_errcode)?.trace_id;
        match trace.is_empty() || trace.len() > 100 {
            true => Err(Unchecked::Later("trace is not as documented".into())),
            false => Ok(trace),
        }
    }
}

/// Asking twice does no harm, so it does not matter how far the first call came.
fn later(trouble: Trouble) -> Unchecked {
    match trouble {
        Trouble::Off(refusal) => Unchecked::Later(refusal.code.into()),
        Trouble::NotDone(text) | Trouble::Unclear(text) => Unchecked::Later(text),
    }
}

fn by_errcode(told: Told) -> Unchecked {
    match told.errcode {
        -1 | 45009 | 45011 => Unchecked::Later(format!("errcode {}", told.errcode)),
        // the person was not here lately, is another account's, or the thing cannot be judged
        errcode => Unchecked::Never(format!("errcode {errcode}")),
    }
}
