use chrono::{Datelike, NaiveDate, Weekday};

/// Is the day a Saturday or Sunday?
pub(super) fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The holiday (全体公民放假的节日) on a day; those that follow the moon are known for 2021 to 2028 only.
/// Days off around it are arranged year by year and not known here.
pub(super) fn holiday(day: NaiveDate) -> Option<&'static str> {
    let date = (day.month(), day.day());
    match date {
        (1, 1) => return Some("元旦"),
        (5, 1) => return Some("劳动节"),
        (10, 1..=3) => return Some("国庆节"),
        _ => {}
    }
    let moving = MOVING.iter().find(|year| year.0 == day.year())?;
    [
        (moving.1, "春节"),
        (moving.2, "清明节"),
        (moving.3, "端午节"),
        (moving.4, "中秋节"),
    ]
    .into_iter()
    .find(|(when, _)| *when == date)
    .map(|(_, name)| name)
}

/// The first day of the year by the moon inside a span, both ends included.
pub(super) fn spring_festival(from: NaiveDate, to: NaiveDate) -> Option<NaiveDate> {
    let days = MOVING
        .iter()
        .filter_map(|y| NaiveDate::from_ymd_opt(y.0, y.1.0, y.1.1));
    days.into_iter().find(|day| from <= *day && *day <= to)
}

type Day = (u32, u32);

/// Year; 春节 (first day), 清明, 端午, 中秋.
const MOVING: [(i32, Day, Day, Day, Day); 8] = [
    (2021, (2, 12), (4, 4), (6, 14), (9, 21)),
    (2022, (2, 1), (4, 5), (6, 3), (9, 10)),
    (2023, (1, 22), (4, 5), (6, 22), (9, 29)),
    (2024, (2, 10), (4, 4), (6, 10), (9, 17)),
    (2025, (1, 29), (4, 4), (5, 31), (10, 6)),
    (2026, (2, 17), (4, 5), (6, 19), (9, 25)),
    (2027, (2, 6), (4, 5), (6, 9), (9, 15)),
    (2028, (1, 26), (4, 4), (5, 28), (10, 3)),
];
