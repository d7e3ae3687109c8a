//! Instants (epoch milliseconds) as the dates that PDF and X.509 write; offices live in +08:00.

use chrono::{DateTime, Datelike, FixedOffset, TimeZone, Timelike, Utc};

/// Seconds east of Greenwich of Asia/Shanghai, which has no summer time since 1991.
const SHANGHAI: i32 = 8 * 3600;

/// The parts of an instant in Asia/Shanghai: year, month, day, hour, minute, second.
pub(crate) fn shanghai(at_ms: i64) -> Option<(i32, u8, u8, u8, u8, u8)> {
    let local = utc(at_ms)?.with_timezone(&FixedOffset::east_opt(SHANGHAI)?);
    Some((
        local.year(),
        local.month() as u8,
        local.day() as u8,
        local.hour() as u8,
        local.minute() as u8,
        local.second() as u8,
    ))
}

/// A date of ISO 32000-1 §7.9.4: `D:20220603093000+08'00'`.
pub(crate) fn pdf_date(at_ms: i64) -> Option<String> {
    let (y, mo, d, h, mi, s) = shanghai(at_ms)?;
    Some(format!("D:{y:04}{mo:02}{d:02}{h:02}{mi:02}{s:02}+08'00'"))
}

/// Reads back what [`pdf_date`] writes, and nothing else.
pub(crate) fn parse_pdf_date(text: &[u8]) -> Option<i64> {
    let digits = std::str::from_utf8(text).ok()?.strip_prefix("D:")?;
    let digits = digits.strip_suffix("+08'00'")?;
    let naive = chrono::NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok()?;
    let local = FixedOffset::east_opt(SHANGHAI)?
        .from_local_datetime(&naive)
        .single()?;
    Some(local.timestamp_millis())
}

/// The content of an X.509 time (RFC 5280 §4.1.2.5) and whether it is a GeneralizedTime.
pub(crate) fn x509_time(at_ms: i64) -> Option<(String, bool)> {
    let at = utc(at_ms)?;
    if (1950..2050).contains(&at.year()) {
        Some((at.format("%y%m%d%H%M%SZ").to_string(), false))
    } else {
        Some((at.format("%Y%m%d%H%M%SZ").to_string(), true))
    }
}

/// The content of a GeneralizedTime, for a time stamp (RFC 3161 §2.4.2).
pub(crate) fn generalized(at_ms: i64) -> Option<String> {
    Some(utc(at_ms)?.format("%Y%m%d%H%M%SZ").to_string())
}

/// Reads a GeneralizedTime of a time stamp, which may count parts of a second.
pub(crate) fn parse_generalized(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, parts) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !plain(whole) || !plain(parts) {
        return None;
    }
    let at = chrono::NaiveDateTime::parse_from_str(whole, "%Y%m%d%H%M%S").ok()?;
    let millis: i64 = format!("{parts:0<3}")[..3].parse().ok()?;
    Some(at.and_utc().timestamp_millis() + millis)
}

/// An instant for people, as of Asia/Shanghai: `2022-06-03 09:30:00`.
pub(crate) fn told(at_ms: i64) -> String {
    let parts = shanghai(at_ms).unwrap_or_default();
    let (y, mo, d, h, mi, s) = parts;
    format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}")
}

/// An instant for programs (RFC 3339): `2022-06-03T09:30:00+08:00`.
pub(crate) fn rfc3339(at_ms: i64) -> String {
    format!("{}+08:00", told(at_ms).replace(' ', "T"))
}

fn utc(at_ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_date_is_read_back() {
        let text = pdf_date(1_654_219_800_000);
        assert_eq!(text.as_deref(), Some("D:20220603093000+08'00'"));
        assert_eq!(
            parse_pdf_date(b"D:20220603093000+08'00'"),
            Some(1_654_219_800_000)
        );
        assert_eq!(parse_pdf_date(b"D:20220603093000Z"), None);
    }

    #[test]
    fn a_time_stamp_may_count_parts_of_a_second() {
        let at = 1_654_219_800_000;
        assert_eq!(generalized(at).as_deref(), Some("20220603013000Z"));
        assert_eq!(parse_generalized(b"20220603013000Z"), Some(at));
        assert_eq!(parse_generalized(b"20220603013000.5Z"), Some(at + 500));
        assert_eq!(parse_generalized(b"20220603013000.12345Z"), Some(at + 123));
        for wrong in [
            &b"20220603013000"[..],
            b"20220603013000.Z",
            b"220603013000Z",
        ] {
            assert_eq!(parse_generalized(wrong), None);
        }
        assert_eq!(told(at), "2022-06-03 09:30:00");
        assert_eq!(rfc3339(at), "2022-06-03T09:30:00+08:00");
    }
}
