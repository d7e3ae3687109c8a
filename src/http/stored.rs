//! Stored files as downloads, streamed however long they are.

use entity::evidence;
use poem::Body;

use super::download::{Download, download};
use super::problem::Problem;
use crate::app::virus_checks;
use crate::files::checked;
use crate::state::Shared;

/// A piece of evidence, to be saved under its name; it breaks off when its bytes are not those that were stored.
pub async fn evidence(app: &Shared, file: evidence::Model) -> Result<Download<Body>, Problem> {
    virus_checks::require_harmless(app, &file.sha256).await?;
    let (object, length) = app.files.open_object(&file.sha256).await?;
    let body = Body::from_bytes_stream(checked(object, file.sha256));
    let plain = match file.media_type.as_str() {
        "image/jpeg" => "evidence.jpg",
        "image/png" => "evidence.png",
        "image/webp" => "evidence.webp",
        "application/pdf" => "evidence.pdf",
        "video/mp4" => "evidence.mp4",
        "video/quicktime" => "evidence.mov",
        _ => "evidence.bin",
    };
    let answer = download(body, plain, &file.file_name);
    Ok(answer.header("content-length", length.to_string()))
}
