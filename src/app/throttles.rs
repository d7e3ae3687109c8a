//! Limits on guessing and on messages: by the caller's address, by login and by phone. A successful call counts nothing here.

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

    /// When its window ends, once there were as many hits as allowed.
    async fn shut_until(&self, db: &Conn, now: i64) -> Result<Option<i64>> {
        let hits = throttles::hits(db, &self.scope, now, self.window).await?;
        Ok(hits
            .filter(|(hits, _)| *hits >= self.max)
            .map(|(_, until)| until))
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

/// Wrong sign-ins of one login, whether an officer bears it or nobody, so that the count tells nobody who is known. Five lock the
/// login at the address they came from. Elsewhere it stays open, or strangers could keep an officer out: once there are
/// many of them all the same, each address has one guess instead of five.
#[derive(Debug, Clone)]
pub struct Guesses {
    address: Option<Throttle>,
    here: Throttle,
    everywhere: Throttle,
}

/// Addresses that use up their guesses before there are many.
const ADDRESSES: i32 = 10;

impl Guesses {
    /// From an address.
    #[must_use]
    pub fn new(app: &App, from: Option<IpAddr>, login: &str) -> Guesses {
        let limits = &app.settings.sessions;
        let throttle = |scope, max| Throttle {
            scope,
            max,
            window: limits.lock_minutes * MINUTE,
        };
        let place = from.map(place).unwrap_or_default();
        let place = blind_index(&app.index_key, "sign_in", &place);
        let of_login = of_login(app, login);
        Guesses {
            address: Throttle::sign_ins(app, from),
            here: throttle(format!("{of_login}.{place}"), limits.failures),
            everywhere: throttle(of_login, limits.failures.saturating_mul(ADDRESSES)),
        }
    }

    /// Refuses while address or login is shut.
    pub async fn require_open(&self, db: &Conn, now: i64) -> Result<()> {
        require_open(db, self.address.as_ref(), now).await?;
        require_open(db, Some(&self.here_now(db, now).await?), now).await
    }

    /// Counts a wrong one; says whether the login is shut at the address now.
    pub async fn hit(&self, tx: &Conn, now: i64) -> Result<bool> {
        let counted = [
            self.address.as_ref(),
            Some(&self.here),
            Some(&self.everywhere),
        ];
        for throttle in counted {
            hit(tx, throttle, now).await?;
        }
        let here = self.here_now(tx, now).await?;
        Ok(here.shut_until(tx, now).await?.is_some())
    }

    /// Forgets the wrong ones of the address after a right one.
    pub async fn forget(&self, tx: &Conn) -> Result<()> {
        throttles::forget(tx, &self.here.scope).await
    }

    async fn here_now(&self, db: &Conn, now: i64) -> Result<Throttle> {
        let many = self.everywhere.shut_until(db, now).await?.is_some();
        let max = if many { 1 } else { self.here.max };
        Ok(Throttle {
            max,
            ..self.here.clone()
        })
    }
}

/// Lifts what wrong sign-ins of a login have led to, at every address.
pub async fn lift(app: &App, tx: &Conn, login: &str) -> Result<()> {
    throttles::forget_all(tx, &of_login(app, login)).await
}

/// Without what MySQL does not tell apart at the end, or a login had as many counts as one adds spaces.
fn of_login(app: &App, login: &str) -> String {
    format!(
        "login.{}",
        blind_index(&app.index_key, "login", login.trim_end())
    )
}

/// Refuses, until the window ends, once there were as many hits as allowed.
pub async fn require_open(db: &Conn, throttle: Option<&Throttle>, now: i64) -> Result<()> {
    let Some(t) = throttle else {
        return Ok(());
    };
    match t.shut_until(db, now).await? {
        Some(until) => Err(wait(until, now)),
        None => Ok(()),
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

/// To be tried again then.
pub(super) fn wait(until: i64, now: i64) -> Error {
    let seconds = (until - now).max(0) / 1000 + 1;
    Error::TooMany(u64::try_from(seconds).unwrap_or(60))
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
