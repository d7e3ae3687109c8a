//! Limits on guessing and on messages: by the caller's address and by phone. A successful call writes nothing here.

use std::net::{IpAddr, Ipv6Addr};

use super::sessions::MINUTE;
use crate::db::Conn;
use crate::db::throttles;
use crate::error::{Error, Result};
use crate::security::blind_index;
use crate::state::App;

/// At most so many hits of one kind from one place, in a window of time.
#[derive(Debug, Clone)]
pub struct Throttle {
    scope: String,
    max: i32,
    window: i64,
}

impl Throttle {
    /// Wrong sign-ins from an address, officers' and applicants' together; none when off or when nobody knows the address.
    pub fn sign_ins(app: &App, from: Option<IpAddr>) -> Option<Throttle> {
        let max = app.settings.throttle.failures;
        from.and_then(|from| Throttle::new(app, "sign_in", &place(from), max))
    }

    /// Codes sent at the wish of an address.
    pub fn codes_of_address(app: &App, from: Option<IpAddr>) -> Option<Throttle> {
        let max = app.settings.throttle.address_codes;
        from.and_then(|from| Throttle::new(app, "codes", &place(from), max))
    }

    /// Codes sent to a phone, by its blind index.
    pub fn codes_to_phone(app: &App, phone_index: &str) -> Option<Throttle> {
        let max = app.settings.throttle.phone_codes;
        Throttle::new(app, "phone", phone_index, max)
    }

    /// Files that somebody begins to send: by the person and by the address.
    pub fn uploads(app: &App, who: &str, from: Option<IpAddr>) -> [Option<Throttle>; 2] {
        let limits = &app.settings.throttle;
        let of_address = |from| Throttle::new(app, "uploads", &place(from), limits.address_uploads);
        [
            Throttle::new(app, "uploads_of", who, limits.person_uploads),
            from.and_then(of_address),
        ]
    }

    /// Copies that an address has compared with originals; as many as it may send files.
    pub fn comparisons(app: &App, from: Option<IpAddr>) -> Option<Throttle> {
        let max = app.settings.throttle.address_uploads;
        from.and_then(|from| Throttle::new(app, "comparisons", &place(from), max))
    }

    /// Addresses and phones are personal data: only their blind index is stored.
    fn new(app: &App, kind: &str, value: &str, max: i32) -> Option<Throttle> {
        (max > 0).then(|| Throttle {
            scope: format!("{kind}.{}", blind_index(&app.index_key, kind, value)),
            max,
            window: app.settings.throttle.minutes * MINUTE,
        })
    }
}

/// Refuses, until the window ends, once there were as many hits as allowed.
pub async fn require_open(db: &Conn, throttle: Option<&Throttle>, now: i64) -> Result<()> {
    let Some(t) = throttle else {
        return Ok(());
    };
    match throttles::hits(db, &t.scope, now, t.window).await? {
        Some((hits, until)) if hits >= t.max => {
            let seconds = (until - now).max(0) / 1000 + 1;
            Err(Error::TooMany(u64::try_from(seconds).unwrap_or(60)))
        }
        _ => Ok(()),
    }
}

/// Refuses or counts, in an act of its own.
pub async fn count(app: &App, throttle: Option<Throttle>) -> Result<()> {
    let Some(throttle) = throttle else {
        return Ok(());
    };
    let now = app.now();
    require_open(app.db.read(), Some(&throttle), now).await?;
    app.db
        .write(move |tx| Box::pin(async move { hit(tx, Some(&throttle), now).await }))
        .await
}

/// Counts a hit.
pub async fn hit(tx: &Conn, throttle: Option<&Throttle>, now: i64) -> Result<()> {
    match throttle {
        Some(t) => throttles::hit(tx, &t.scope, now, t.window).await,
        None => Ok(()),
    }
}

/// What one caller holds: an IPv4 address, or the /64 network of an IPv6 one, in which anybody may take any address.
fn place(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).to_string(),
            |v4| v4.to_string(),
        ),
    }
}
