//! What OSS says in XML.

use chrono::DateTime;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// A page of what a bucket holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    pub objects: Vec<Listed>,
    pub more: bool,
}

/// An object in a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    /// Epoch milliseconds; 0 when it was not understood.
    pub modified_at: i64,
}

/// The text of the first element of this name.
pub fn text_of(xml: &str, name: &str) -> Option<String> {
    let mut found = None;
    leaves(xml, |element, text| {
        if element == name && found.is_none() {
            found = Some(text.to_owned());
        }
    });
    found
}

/// Reads the answer to ListObjectsV2; `None` when it is not one.
pub fn listing(xml: &str) -> Option<Listing> {
    let mut listing = Listing::default();
    let mut object = Listed::default();
    let mut known = false;
    let whole = leaves(xml, |element, text| match element {
        "Key" => object.key = text.to_owned(),
        "LastModified" => {
            let at = DateTime::parse_from_rfc3339(text);
            object.modified_at = at.map_or(0, |at| at.timestamp_millis());
        }
        "Contents" => listing.objects.push(std::mem::take(&mut object)),
        "IsTruncated" => listing.more = text == "true",
        "ListBucketResult" => known = true,
        _ => {}
    });
    (whole && known).then_some(listing)
}

/// Tells each element at its end, with the text since the last tag. False when it is no whole XML.
fn leaves(xml: &str, mut tell: impl FnMut(&str, &str)) -> bool {
    let mut reader = Reader::from_str(xml);
    let mut text = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => text.clear(),
            Ok(Event::Text(piece)) => text += &piece.xml10_content(),
            Ok(Event::CData(piece)) => text += &piece.xml10_content(),
            Ok(Event::GeneralRef(named)) => match named.resolve_char_ref() {
                Ok(Some(c)) => text.push(c),
                _ => text += resolve_predefined_entity(&named).unwrap_or_default(),
            },
            Ok(Event::End(end)) => {
                tell(end.local_name().as_ref(), text.trim());
                text.clear();
            }
            Ok(Event::Eof) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
