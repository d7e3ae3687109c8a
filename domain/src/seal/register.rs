//! 印章登记: an agency's seals, who keeps each, and when one may be used.

use crate::refusal::Refusal;

/// 印章种类. A closed list: what a seal is for is told by its kind, not by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealKind {
    /// 公章.
    Official,
    /// 业务专用章.
    Business,
    /// 审核专用章.
    Examination,
    /// 合同专用章.
    Contract,
    /// 仅用于电子文件, without a counterpart in rubber.
    Electronic,
}

impl SealKind {
    /// Every kind, the one taken first at the front.
    pub const ALL: [SealKind; 5] = [
        SealKind::Official,
        SealKind::Electronic,
        SealKind::Examination,
        SealKind::Business,
        SealKind::Contract,
    ];

    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SealKind::Official => "official",
            SealKind::Business => "business",
            SealKind::Examination => "examination",
            SealKind::Contract => "contract",
            SealKind::Electronic => "electronic",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<SealKind> {
        SealKind::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// The line under the emblem of a drawn seal; the agency's own seal has none.
    #[must_use]
    pub fn foot(self) -> Option<&'static str> {
        match self {
            SealKind::Official => None,
            SealKind::Business => Some("业务专用章"),
            SealKind::Examination => Some("审核专用章"),
            SealKind::Contract => Some("合同专用章"),
            SealKind::Electronic => Some("电子专用章"),
        }
    }
}

/// Who holds the key behind a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// This service, certified by its own authority.
    Embedded,
    /// This service, from a PKCS#12 file that the agency brought along.
    Pkcs12,
    /// A sealing service outside.
    Service,
}

impl KeySource {
    /// Every source.
    pub const ALL: [KeySource; 3] = [KeySource::Embedded, KeySource::Pkcs12, KeySource::Service];

    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KeySource::Embedded => "embedded",
            KeySource::Pkcs12 => "pkcs12",
            KeySource::Service => "service",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<KeySource> {
        KeySource::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

/// 印章状态.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealState {
    Active,
    /// 停用: may come back.
    Suspended,
    /// 注销: for good.
    Revoked,
}

impl SealState {
    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SealState::Active => "active",
            SealState::Suspended => "suspended",
            SealState::Revoked => "revoked",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<SealState> {
        [SealState::Active, SealState::Suspended, SealState::Revoked]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// What an organiser does to a registered seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealAct {
    Suspend,
    Resume,
    Revoke,
}

impl SealAct {
    /// The kind of its event.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            SealAct::Suspend => "seal_suspended",
            SealAct::Resume => "seal_resumed",
            SealAct::Revoke => "seal_revoked",
        }
    }
}

/// A registered seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub id: String,
    pub agency_id: String,
    pub kind: SealKind,
    /// The only officer who may use it; any seal keeper of the agency when nobody is named.
    pub keeper_id: Option<String>,
    /// First instant, and first instant after.
    pub valid: (i64, i64),
    pub state: SealState,
    pub source: KeySource,
}

impl Seal {
    /// May this officer of this agency use it now? A seal of another agency is refused like one that is not there.
    pub fn may_be_used(&self, agency: &str, officer: &str, now: i64) -> Result<(), Refusal> {
        if self.agency_id != agency {
            return Err(foreign());
        }
        match self.state {
            SealState::Active => {}
            SealState::Suspended => {
                return Err(Refusal::new("seal_suspended", "印章已停用，不能盖章"));
            }
            SealState::Revoked => return Err(Refusal::new("seal_revoked", "印章已注销，不能盖章")),
        }
        if now < self.valid.0 {
            return Err(Refusal::new("seal_not_yet_valid", "印章尚未启用，不能盖章"));
        }
        if now >= self.valid.1 {
            return Err(Refusal::new("seal_expired", "印章已过有效期，不能盖章"));
        }
        match &self.keeper_id {
            Some(keeper) if keeper != officer => Err(Refusal::new(
                "seal_other_keeper",
                "此印章由指定的保管人使用",
            )),
            _ => Ok(()),
        }
    }

    /// The state after an act, or why it cannot be done: what is revoked stays so.
    pub fn after(&self, act: SealAct) -> Result<SealState, Refusal> {
        match (self.state, act) {
            (SealState::Revoked, _) => Err(Refusal::new("seal_revoked", "印章已注销，不能再变更")),
            (SealState::Suspended, SealAct::Suspend) => {
                Err(Refusal::new("seal_suspended", "印章已停用"))
            }
            (SealState::Active, SealAct::Resume) => Err(Refusal::new("seal_active", "印章未停用")),
            (SealState::Active, SealAct::Suspend) => Ok(SealState::Suspended),
            (SealState::Suspended, SealAct::Resume) => Ok(SealState::Active),
            (_, SealAct::Revoke) => Ok(SealState::Revoked),
        }
    }
}

/// No such seal of the officer's agency.
#[must_use]
pub fn foreign() -> Refusal {
    Refusal::new("seal_foreign", "贵单位没有登记这枚印章")
}

/// The seal to use when none is named: the first that may be used, the agency's own before special ones, older before
/// newer. When none may, the reason given is that of the first.
pub fn choose<'a>(
    seals: &'a [Seal],
    agency: &str,
    officer: &str,
    now: i64,
) -> Result<&'a Seal, Refusal> {
    let order = |seal: &&Seal| SealKind::ALL.iter().position(|k| *k == seal.kind);
    let mut sorted: Vec<&Seal> = seals.iter().collect();
    sorted.sort_by_key(order);
    let mut reason = None;
    for seal in sorted {
        match seal.may_be_used(agency, officer, now) {
            Ok(()) => return Ok(seal),
            Err(no) => reason = reason.or(Some(no)),
        }
    }
    Err(reason.unwrap_or_else(foreign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(kind: SealKind, state: SealState) -> Seal {
        Seal {
            id: "s".into(),
            agency_id: "a".into(),
            kind,
            keeper_id: None,
            valid: (100, 200),
            state,
            source: KeySource::Embedded,
        }
    }

    #[test]
    fn each_reason_against_a_use_has_its_code() {
        let sound = seal(SealKind::Official, SealState::Active);
        let kept = Seal {
            keeper_id: Some("k".into()),
            ..sound.clone()
        };
        let suspended = seal(SealKind::Official, SealState::Suspended);
        let revoked = seal(SealKind::Official, SealState::Revoked);
        for (seal, agency, officer, now, code) in [
            (&sound, "a", "o", 100, None),
            (&sound, "a", "o", 199, None),
            (&sound, "a", "o", 99, Some("seal_not_yet_valid")),
            (&sound, "a", "o", 200, Some("seal_expired")),
            (&sound, "b", "o", 100, Some("seal_foreign")),
            (&suspended, "a", "o", 100, Some("seal_suspended")),
            (&revoked, "a", "o", 100, Some("seal_revoked")),
            (&revoked, "b", "o", 100, Some("seal_foreign")),
            (&kept, "a", "k", 100, None),
            (&kept, "a", "o", 100, Some("seal_other_keeper")),
        ] {
            let got = seal.may_be_used(agency, officer, now).err();
            assert_eq!(got.map(|r| r.code), code);
        }
    }

    #[test]
    fn what_is_revoked_stays_revoked() {
        use SealAct::{Resume, Revoke, Suspend};
        use SealState::{Active, Revoked, Suspended};
        for (from, act, to) in [
            (Active, Suspend, Ok(Suspended)),
            (Active, Resume, Err("seal_active")),
            (Active, Revoke, Ok(Revoked)),
            (Suspended, Suspend, Err("seal_suspended")),
            (Suspended, Resume, Ok(Active)),
            (Suspended, Revoke, Ok(Revoked)),
            (Revoked, Suspend, Err("seal_revoked")),
            (Revoked, Resume, Err("seal_revoked")),
            (Revoked, Revoke, Err("seal_revoked")),
        ] {
            let got = seal(SealKind::Official, from).after(act);
            assert_eq!(got.map_err(|r| r.code), to);
        }
    }

    #[test]
    fn the_agencys_own_seal_goes_before_special_ones() {
        let special = seal(SealKind::Examination, SealState::Active);
        let own = seal(SealKind::Official, SealState::Active);
        let gone = seal(SealKind::Official, SealState::Revoked);
        let kind = |seals: &[Seal]| {
            choose(seals, "a", "o", 150)
                .map(|s| s.kind)
                .map_err(|r| r.code)
        };
        assert_eq!(kind(&[special.clone(), own]), Ok(SealKind::Official));
        assert_eq!(kind(&[gone.clone(), special]), Ok(SealKind::Examination));
        assert_eq!(kind(&[gone]), Err("seal_revoked"));
        assert_eq!(kind(&[]), Err("seal_foreign"));
    }
}
