use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Clause, Key};

/// 阶段: a stage with its window; days of Asia/Shanghai, both included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub key: Key,
    pub label: String,
    /// First day, from 00:00:00.
    pub opens: NaiveDate,
    /// Last day, to 23:59:59.999.
    pub closes: NaiveDate,
    /// The stage of the level above, which this one may not outlast (a forwarded notice closes earlier).
    #[serde(default)]
    pub within: Option<Key>,
    /// What may be done in it.
    #[serde(default)]
    pub act: Vec<StageAct>,
    /// 宽限: for so many minutes after its last day a file that was on its way may still arrive, and its entry be handed in. With
    /// `act = ["apply"]` only, a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_grace_minutes: Option<u32>,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// 活动时间: first and last day of the whole campaign, both included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    pub opens: NaiveDate,
    pub closes: NaiveDate,
    #[serde(default)]
    pub clause: Option<Clause>,
}

/// Kinds of act that a window governs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StageAct {
    /// Drafts are begun and entries submitted.
    Apply,
    /// Cities and units hand up their lists.
    Nominate,
    /// Offices review.
    Review,
    Screen,
    Vote,
    Appraise,
    /// 公示.
    Announce,
    /// 表彰、宣传、经验交流.
    Honour,
    /// Later deliverables are handed in.
    Deliver,
}

/// Milliseconds since 1970 UTC at which a stage opens and closes (`closes` is the first instant after it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub opens: i64,
    pub closes: i64,
}

impl Window {
    /// Is `now` (milliseconds) inside?
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.opens <= now && now < self.closes
    }
}

impl Stage {
    /// The window of the stage as written in the notice.
    #[must_use]
    pub fn window(&self) -> Window {
        Window {
            opens: day_start(self.opens),
            closes: day_start(self.closes + Days::new(1)),
        }
    }
}

/// Longest grace, minutes: an upload that nobody goes on with is over after a day anyway.
pub const MOST_GRACE: u32 = 24 * 60;

impl Stage {
    /// When what was on its way as the window closed may still arrive.
    #[must_use]
    pub fn grace(&self, window: Window) -> Window {
        let minutes = self.upload_grace_minutes.unwrap_or(0).min(MOST_GRACE);
        Window {
            opens: window.closes,
            closes: window.closes.saturating_add(i64::from(minutes) * 60_000),
        }
    }
}

/// 00:00:00 of a day in Asia/Shanghai (UTC+8, no summer time since 1991), in epoch milliseconds.
#[must_use]
pub fn day_start(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - SHANGHAI_SECONDS * 1000
}

/// The day in Asia/Shanghai to which an instant belongs.
#[must_use]
pub fn shanghai_day(at: i64) -> NaiveDate {
    shanghai(at).date_naive()
}

/// The instant as a wall clock in Asia/Shanghai shows it.
#[must_use]
pub fn shanghai(at: i64) -> DateTime<FixedOffset> {
    let utc = Utc.timestamp_millis_opt(at).single().unwrap_or_default();
    FixedOffset::east_opt(SHANGHAI_SECONDS as i32)
        .map_or_else(|| utc.fixed_offset(), |zone| utc.with_timezone(&zone))
}

/// The instant in words: 2022年5月25日 10:00:00.
#[must_use]
pub fn to_the_second(at: i64) -> String {
    shanghai(at).format("%Y年%-m月%-d日 %H:%M:%S").to_string()
}

const SHANGHAI_SECONDS: i64 = 8 * 3600;
