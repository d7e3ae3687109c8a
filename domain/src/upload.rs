//! 分片上传: a file announced, sent in parts in any order, finished when all are there.

use crate::notice::EvidenceKind;
use crate::refusal::{Refusal, Violation};

/// Bytes of a part; what a phone sends over a weak line in some seconds.
pub const PART_BYTES: u64 = 4 << 20;

/// Files of one person under way at once.
pub const MOST_OPEN: usize = 10;

/// An upload that nobody goes on with for so long is over, milliseconds.
pub const IDLE: i64 = 24 * 3_600_000;

/// Largest files by kind, bytes.
#[derive(Debug, Clone, Copy)]
pub struct Largest {
    pub picture: u64,
    pub pdf: u64,
    pub video: u64,
}

impl Largest {
    /// For a slot of this kind.
    #[must_use]
    pub fn of(self, kind: EvidenceKind) -> u64 {
        match kind {
            EvidenceKind::Image => self.picture,
            EvidenceKind::Pdf => self.pdf,
            EvidenceKind::Scan => self.picture.max(self.pdf),
            EvidenceKind::Video => self.video,
        }
    }
}

/// How many parts a file has; an empty file has none.
#[must_use]
pub fn parts(bytes: u64, part_bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(part_bytes.max(1))).unwrap_or(u32::MAX)
}

/// Bytes of a part; `None` when the file has no such part.
#[must_use]
pub fn length_of(number: u32, bytes: u64, part_bytes: u64) -> Option<u64> {
    let before = u64::from(number.checked_sub(1)?).checked_mul(part_bytes)?;
    let left = bytes.checked_sub(before).filter(|left| *left > 0)?;
    Some(left.min(part_bytes))
}

/// May such a file be sent? `open` counts the person's uploads under way.
pub fn may_begin(bytes: u64, largest: u64, open: usize) -> Result<(), Refusal> {
    if bytes == 0 {
        return Err(Refusal::new("file_empty", "文件是空的，请重新选择"));
    }
    if bytes > largest {
        let (most, found) = megabytes(largest, bytes);
        let message = format!("此项材料的文件不能超过{most}MB，现为{found}MB，请压缩后再上传");
        return Err(of("file_too_large", "bytes", largest, bytes, message));
    }
    if open >= MOST_OPEN {
        return Err(of(
            "uploads_open",
            "uploads",
            MOST_OPEN,
            open + 1,
            format!("同时上传的文件最多{MOST_OPEN}个，请先完成或取消其他上传"),
        ));
    }
    Ok(())
}

/// A limit and what is over it, rounded away from each other, so that the two never read the same.
fn megabytes(limit: u64, over: u64) -> (u64, u64) {
    (limit >> 20, over.div_ceil(1 << 20))
}

/// May a person keep so much more? Files of withdrawn entries do not count.
pub fn may_store(kept: u64, more: u64, most: u64) -> Result<(), Refusal> {
    let total = kept.saturating_add(more);
    if total <= most {
        return Ok(());
    }
    let (limit, reached) = megabytes(most, total);
    let message = format!(
        "您的材料合计最多{limit}MB，加上这一件为{reached}MB，请先删除不用的材料或取消未完成的上传"
    );
    Err(of("storage_quota", "bytes", most, total, message))
}

/// What is known of a part that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Check value of its bytes.
    pub sum: String,
    pub bytes: u64,
}

/// Is the part what was announced, and the same as before when it comes again?
pub fn check_part(due: u64, came: &Part, before: Option<&Part>) -> Result<(), Refusal> {
    if came.bytes != due {
        return Err(of(
            "part_length",
            "number",
            due,
            came.bytes,
            format!("此片应为{due}字节，收到{}字节，请重新上传此片", came.bytes),
        ));
    }
    match before {
        Some(before) if before != came => Err(Refusal::new(
            "part_differs",
            "此片已收到过，且内容不同；如已换了文件，请取消后重新上传",
        )),
        _ => Ok(()),
    }
}

/// Are all parts there? Names the first ones that are not.
pub fn check_whole(count: u32, there: &[u32]) -> Result<(), Refusal> {
    let missing: Vec<u32> = (1..=count).filter(|n| !there.contains(n)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let told = missing.iter().take(100).map(|n| Violation {
        field: "number".into(),
        code: "part_missing".into(),
        value: Some(n.to_string()),
        message: format!("第{n}片还没有收到"),
        ..Violation::default()
    });
    let message = format!("还有{}片没有收到，请继续上传", missing.len());
    Err(Refusal::with("parts_missing", message, told.collect()))
}

/// Is the whole file the one that was announced?
pub fn check_sum(announced: Option<&str>, found: &str) -> Result<(), Refusal> {
    match announced {
        Some(announced) if !announced.eq_ignore_ascii_case(found) => Err(of(
            "file_differs",
            "sha256",
            announced,
            found,
            "收到的文件与校验值不符，请取消后重新上传".into(),
        )),
        _ => Ok(()),
    }
}

fn of(
    code: &'static str,
    field: &str,
    limit: impl ToString,
    value: impl ToString,
    message: String,
) -> Refusal {
    let violation = Violation {
        field: field.into(),
        code: code.into(),
        limit: Some(limit.to_string()),
        value: Some(value.to_string()),
        message: message.clone(),
        ..Violation::default()
    };
    Refusal::with(code, message, vec![violation])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(sum: &str, bytes: u64) -> Part {
        Part {
            sum: sum.into(),
            bytes,
        }
    }

    #[test]
    fn the_last_part_is_what_is_left_and_there_is_none_behind_it() {
        assert_eq!(
            (parts(0, 4), parts(1, 4), parts(8, 4), parts(9, 4)),
            (0, 1, 2, 3)
        );
        assert_eq!(length_of(0, 9, 4), None);
        assert_eq!(length_of(1, 9, 4), Some(4));
        assert_eq!(length_of(3, 9, 4), Some(1));
        assert_eq!(length_of(4, 9, 4), None);
        assert_eq!(length_of(2, 8, 4), Some(4));
        assert_eq!(length_of(3, 8, 4), None);
        assert_eq!(length_of(u32::MAX, u64::MAX, u64::MAX), None);
    }

    #[test]
    fn what_may_not_begin_is_refused_with_its_limit() {
        let code = |bytes, open| may_begin(bytes, 100, open).map_err(|r| r.code);
        assert_eq!(code(100, 0), Ok(()));
        assert_eq!(code(0, 0), Err("file_empty"));
        assert_eq!(code(101, 0), Err("file_too_large"));
        assert_eq!(code(100, MOST_OPEN), Err("uploads_open"));
        let told = may_begin(101, 100, 0).unwrap_err().violations.remove(0);
        assert_eq!(
            (told.limit.as_deref(), told.value.as_deref()),
            (Some("100"), Some("101"))
        );
    }

    #[test]
    fn a_part_may_come_twice_but_not_with_other_bytes() {
        let code =
            |came, before: Option<Part>| check_part(4, &came, before.as_ref()).map_err(|r| r.code);
        assert_eq!(code(part("a", 4), None), Ok(()));
        assert_eq!(code(part("a", 4), Some(part("a", 4))), Ok(()));
        assert_eq!(code(part("b", 4), Some(part("a", 4))), Err("part_differs"));
        assert_eq!(code(part("a", 3), None), Err("part_length"));
        assert_eq!(code(part("a", 5), None), Err("part_length"));
    }

    #[test]
    fn a_file_is_whole_with_every_part_in_any_order() {
        assert_eq!(check_whole(3, &[2, 3, 1]), Ok(()));
        let missing = check_whole(4, &[3]).unwrap_err();
        let told: Vec<_> = missing
            .violations
            .iter()
            .filter_map(|v| v.value.as_deref())
            .collect();
        assert_eq!((missing.code, told), ("parts_missing", vec!["1", "2", "4"]));
    }

    #[test]
    fn a_sum_that_was_announced_must_be_met() {
        assert_eq!(check_sum(None, "ab"), Ok(()));
        assert_eq!(check_sum(Some("AB"), "ab"), Ok(()));
        assert_eq!(
            check_sum(Some("ac"), "ab").unwrap_err().code,
            "file_differs"
        );
    }

    #[test]
    fn a_person_keeps_as_much_as_is_allowed_and_not_a_byte_more() {
        assert_eq!(may_store(600, 400, 1000), Ok(()));
        let refusal = may_store(600, 401, 1000).unwrap_err();
        assert_eq!(refusal.code, "storage_quota");
        assert_eq!(refusal.violations[0].value.as_deref(), Some("1001"));
        assert!(may_store(u64::MAX, 1, u64::MAX).is_ok());
    }
}
