//! Stored files as downloads, streamed however long they are.

use std::ops::Bound;

use domain::evidence::file_name::{cleaned, ending};
use domain::notice::{Attachment, AttachmentKind};
use entity::{attachment, evidence};
use poem::Body;
use poem::http::{HeaderValue, StatusCode};
use poem::web::headers::{Header, Range};

use super::download::{Download, download};
use super::problem::Problem;
use crate::app::virus_checks;
use crate::error::Error;
use crate::files::{bounded, checked};
use crate::state::Shared;

/// A piece of evidence, to be saved under its name. The whole breaks off when its bytes are not those that were stored; a part of
/// it, for who goes on after a cut, cannot be told right from wrong.
pub async fn evidence(
    app: &Shared,
    file: evidence::Model,
    range: Option<String>,
) -> Result<Download<Body>, Problem> {
    virus_checks::require_harmless(app, &file.sha256).await?;
    let plain = format!("evidence.{}", ending(&file.media_type).unwrap_or("bin"));
    let whole = u64::try_from(file.bytes).unwrap_or_default();
    let part = range.and_then(|range| part(&range, whole));
    let (body, length) = match part {
        None => {
            let (object, length) = app.files.open_object(&file.sha256).await?;
            let body = Body::from_bytes_stream(checked(object, file.sha256));
            (body, length)
        }
        Some((first, length)) => {
            let (object, _) = app.files.open_at(&file.sha256, first).await?;
            (Body::from_bytes_stream(bounded(object, length)), length)
        }
    };
    let answer = download(body, &plain, &file.file_name)
        .header("accept-ranges", "bytes")
        .header("content-length", length.to_string());
    Ok(match part {
        None => answer,
        Some((first, length)) => {
            let last = first + length - 1;
            answer
                .status(StatusCode::PARTIAL_CONTENT)
                .header("content-range", format!("bytes {first}-{last}/{whole}"))
        }
    })
}

/// An attachment of a notice, to be saved under its label.
pub async fn attachment(
    app: &Shared,
    named: &Attachment,
    row: &attachment::Model,
) -> Result<Download<Body>, Problem> {
    let kind = named.kind().ok_or(Error::Absent)?;
    virus_checks::require_harmless(app, &row.sha256).await?;
    let (object, length) = app.files.open_object(&row.sha256).await?;
    let body = Body::from_bytes_stream(checked(object, row.sha256.clone()));
    let plain = format!("attachment.{}", kind.ending());
    let answer = download(body, &plain, &attachment_name(&named.label, kind));
    Ok(answer
        .header("content-type", kind.media_type())
        .header("content-length", length.to_string()))
}

/// The label with the ending of what the file is.
pub fn attachment_name(label: &str, kind: AttachmentKind) -> String {
    format!("{}.{}", cleaned(label), kind.ending())
}

/// First byte and length of what is asked for; `None` unless it is one part that there is, and then the whole is given, as RFC
/// 9110 §14.2 allows.
fn part(range: &str, whole: u64) -> Option<(u64, u64)> {
    let value = HeaderValue::from_str(range).ok()?;
    let range = Range::decode(&mut std::iter::once(&value)).ok()?;
    let mut parts = range.satisfiable_ranges(whole);
    let (Some((from, to)), None) = (parts.next(), parts.next()) else {
        return None;
    };
    let first = match from {
        Bound::Included(first) => first,
        _ => return None,
    };
    let end = match to {
        Bound::Included(last) => last.checked_add(1)?.min(whole),
        _ => whole,
    };
    let length = end.checked_sub(first).filter(|length| *length > 0)?;
    Some((first, length))
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn one_part_that_there_is_is_given_and_else_the_whole() {
        for (asked, expected) in [
            ("bytes=0-", Some((0, 100))),
            ("bytes=10-", Some((10, 90))),
            ("bytes=10-19", Some((10, 10))),
            ("bytes=99-4711", Some((99, 1))),
            ("bytes=-5", Some((95, 5))),
            ("bytes=0-9,20-29", None),
            ("bytes=100-", None),
            ("bytes=20-10", None),
            ("bytes=x-", None),
            ("lines=1-2", None),
            ("bytes=18446744073709551615-", None),
        ] {
            assert_eq!(part(asked, 100), expected, "{asked}");
        }
        assert_eq!(part("bytes=0-", 0), None);
    }
}
