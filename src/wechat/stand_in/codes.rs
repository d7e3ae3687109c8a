//! Pictures in place of mini-program codes.

use std::sync::Arc;

use poem::web::{Data, Json, Query};
use poem::{Response, handler};
use serde_json::Value;

use super::{Door, Memory, WithToken, errcode, told};

#[handler]
pub(super) async fn entry_code(
    Query(query): Query<WithToken>,
    Json(body): Json<Value>,
    memory: Data<&Arc<Memory>>,
) -> Response {
    if !memory.knows(&query.access_token) {
        return told(&errcode(40001));
    }
    memory.answer(Door::Code, |_| code_of(&body)).await
}

/// A picture with the scene in its pixels, in place of a code.
fn code_of(body: &Value) -> Response {
    let scene = body["scene"].as_str().unwrap_or_default();
    if scene.is_empty() || scene.len() > 32 {
        return told(&errcode(40169));
    }
    let page = body["page"].as_str().unwrap_or_default();
    if page.is_empty() || page.starts_with('/') {
        return told(&errcode(41030));
    }
    let bits = |x: u32, y: u32| {
        scene
            .as_bytes()
            .get(y as usize / 8)
            .is_some_and(|b| b >> (x / 8) & 1 == 1)
    };
    let drawn = image::GrayImage::from_fn(64, 256, |x, y| {
        image::Luma([if bits(x, y) { 0 } else { 255 }])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    match drawn.write_to(&mut png, image::ImageFormat::Png) {
        Ok(()) => Response::builder()
            .content_type("image/png")
            .body(png.into_inner()),
        Err(_) => told(&errcode(-1)),
    }
}
