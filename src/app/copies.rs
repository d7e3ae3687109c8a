//! Small copies of pictures, of a PDF's first page and of a frame of a video: upright, JPEG, without metadata. The original is for the record.

use entity::{evidence, evidence_copy};

use super::scans;
use crate::db::evidence_copies as rows;
use crate::error::{Error, Result};
use crate::media;
use crate::state::Shared;

/// How large a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// In lists.
    Thumbnail,
    /// For one look at a screen.
    Display,
}

impl Size {
    /// Longer side, pixels.
    fn edge(self) -> u32 {
        match self {
            Size::Thumbnail => media::THUMBNAIL_EDGE,
            Size::Display => media::DISPLAY_EDGE,
        }
    }
}

/// A copy, made at the first demand; a video has one where ffmpeg is installed.
pub async fn of(app: &Shared, file: &evidence::Model, size: Size) -> Result<Vec<u8>> {
    let edge = i32::try_from(size.edge()).unwrap_or(i32::MAX);
    if let Some(row) = rows::find(app.db.read(), &file.id, edge).await? {
        match app.files.get(&row.sha256).await {
            Ok(copy) => return Ok(copy),
            // it can be made again
            Err(fault) => tracing::warn!(%fault, file = file.id, "a copy cannot be read"),
        }
    }
    let copy = make(app, file, size).await?;
    let row = evidence_copy::Model {
        evidence_id: file.id.clone(),
        edge,
        sha256: app.files.put(&copy).await?,
        created_at: app.now(),
    };
    app.db
        .write(move |tx| Box::pin(async move { rows::keep(tx, row).await }))
        .await?;
    Ok(copy)
}

async fn make(app: &Shared, file: &evidence::Model, size: Size) -> Result<Vec<u8>> {
    let bytes = async || app.files.get(&file.sha256).await;
    match file.media_type.as_str() {
        "application/pdf" => {
            // the shorter side of a page
            let short = size.edge() as usize * 5 / 7;
            let first = scans::pictures(bytes().await?, 1, short).await?;
            first.into_iter().next().ok_or(Error::Absent)
        }
        picture if picture.starts_with("image/") => {
            media::display_copy(bytes().await?, size.edge(), &app.settings.limits).await
        }
        video if video.starts_with("video/") => {
            let png = frame(app, file).await?;
            let limits = &app.settings.limits;
            match media::display_copy(png, size.edge(), limits).await {
                // the frame is no good: as if there were none
                Err(Error::Invalid(_) | Error::Unsupported(_)) => Err(Error::Absent),
                copy => copy,
            }
        }
        _ => Err(Error::Absent),
    }
}

/// Of a video, on a local copy of its own for as long as it is read.
async fn frame(app: &Shared, file: &evidence::Model) -> Result<Vec<u8>> {
    if !app.posters.may_draw(&file.sha256) {
        return Err(Error::Absent);
    }
    let (object, _) = app.files.open_object(&file.sha256).await?;
    let film = app.files.receive(object).await?;
    let (path, lasts) = (film.path.clone(), file.duration_ms.unwrap_or_default());
    let edge = Size::Display.edge();
    app.posters.frame(path, &file.sha256, lasts, edge).await
}
