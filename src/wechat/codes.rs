//! Mini-program codes (小程序码).

use serde_json::json;

use super::{Asked, Nothing, WeChat, told, undocumented};
use crate::config::Release;
use crate::error::{Error, Result};
use domain::refusal::Refusal;

/// Largest picture read, bytes.
const LARGEST: usize = 2 << 20;
/// Pixels of a side.
const WIDTH: u32 = 430;

/// A picture of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    Jpeg(Vec<u8>),
    Png(Vec<u8>),
}

impl WeChat {
    /// `POST /wxa/getwxacodeunlimit`: a code that opens a page with a scene of at most 32 visible characters. A fault comes as
    /// JSON in place of the picture.
    pub async fn code(&self, scene: &str, page: &str) -> Result<Code> {
        if !is_scene(scene) {
            return Err(Error::Bug(format!("not a scene: {scene}")));
        }
        let release = self.settings.release;
        let body = json!({
            "scene": scene, "page": page, "width": WIDTH, "env_version": release.as_version(),
            // a page that is not published yet has a code all the same while it is tried
            "check_path": release == Release::Release,
        });
        let asked = self.read_with_token("/wxa/getwxacodeunlimit", &body, LARGEST, picture);
        asked.await?.map_err(|told| by_errcode(told.errcode))
    }
}

/// By the bytes: the content type is not to be relied on.
fn picture(bytes: Vec<u8>) -> Asked<Code> {
    match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Ok(Ok(Code::Jpeg(bytes))),
        [0x89, b'P', b'N', b'G', ..] => Ok(Ok(Code::Png(bytes))),
        _ => match told::<Nothing>(bytes)? {
            Err(told) => Ok(Err(told)),
            Ok(_) => Err(undocumented()),
        },
    }
}

fn is_scene(scene: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&b);
    (1..=32).contains(&scene.len()) && scene.bytes().all(fits)
}

fn by_errcode(errcode: i64) -> Error {
    match errcode {
        45009 | 45011 => Error::TooMany(60),
        41030 => Error::Away {
            refusal: Refusal::new(
                "page_not_published",
                "小程序页面尚未发布，暂不能生成小程序码",
            ),
            hidden: "wechat: errcode 41030: setting wechat.entry_page names no published page"
                .into(),
        },
        other => Error::Outside(format!("wechat: no code, errcode {other}")),
    }
}
