//! 病毒检查: what a scanner of others said of a file, and what follows.
//!
//! A check never keeps an entry from being handed in: a scanner that is slow or away must not cost anybody the deadline. What it
//! finds keeps the file from being taken out again.

use crate::finding::Finding;
use crate::notice::Effect;
use crate::refusal::Refusal;

/// Where the check of a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VirusState {
    /// Not looked at yet.
    Pending,
    Clean,
    Infected,
    /// The scanner could not tell: a person decides.
    Unsure,
    /// A person let it through.
    Released,
    /// A person did not.
    Barred,
}

impl VirusState {
    /// All of them.
    pub const ALL: [VirusState; 6] = [
        VirusState::Pending,
        VirusState::Clean,
        VirusState::Infected,
        VirusState::Unsure,
        VirusState::Released,
        VirusState::Barred,
    ];

    /// The word under which it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            VirusState::Pending => "pending",
            VirusState::Clean => "clean",
            VirusState::Infected => "infected",
            VirusState::Unsure => "unsure",
            VirusState::Released => "released",
            VirusState::Barred => "barred",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<VirusState> {
        VirusState::ALL.into_iter().find(|s| s.as_str() == word)
    }

    /// May the file itself be given out? Small copies may always: they are drawn anew and carry nothing of the original.
    pub fn may_leave(self) -> Result<(), Refusal> {
        let refused = |code, message: &str| Err(Refusal::new(code, message));
        match self {
            VirusState::Clean | VirusState::Released => Ok(()),
            VirusState::Pending => refused(
                "file_unchecked",
                "文件正在进行病毒检查，请稍后再下载；缩略图和预览图可以先看",
            ),
            VirusState::Unsure => refused(
                "file_undecided",
                "病毒检查没有得出结论，须由审核人员认定后才能下载；缩略图和预览图可以先看",
            ),
            VirusState::Infected => refused("file_infected", "文件带有病毒，不能下载"),
            VirusState::Barred => refused("file_infected", "文件经认定不安全，不能下载"),
        }
    }

    /// The same of a scan that an officer made: nobody is asked about it, so what the scanner cannot tell is given out.
    pub fn officers_may_leave(self) -> Result<(), Refusal> {
        match self {
            VirusState::Unsure => Ok(()),
            _ => self.may_leave(),
        }
    }

    /// May an officer's scan go up? A check that is open keeps nobody from sending in time.
    pub fn may_be_sent(self) -> Result<(), Refusal> {
        match self {
            VirusState::Infected | VirusState::Barred => Err(Refusal::new(
                "file_infected",
                "盖章扫描件带有病毒，请重新扫描上传后再报送",
            )),
            _ => Ok(()),
        }
    }

    /// A person's verdict on what the scanner could not tell.
    pub fn decide(self, harmless: bool) -> Result<VirusState, Refusal> {
        match (self, harmless) {
            (VirusState::Unsure, true) => Ok(VirusState::Released),
            (VirusState::Unsure, false) => Ok(VirusState::Barred),
            (VirusState::Pending, _) => Err(Refusal::new(
                "virus_check_open",
                "病毒检查还没有结果，请稍后再认定",
            )),
            _ => Err(Refusal::new(
                "virus_check_settled",
                "病毒检查已有结论，无须认定",
            )),
        }
    }

    /// What an applicant is told before handing in: a file known to be harmful must be replaced.
    #[must_use]
    pub fn finding(self, slot: &str, file_name: &str) -> Option<Finding> {
        let reason = match self {
            VirusState::Infected => "带有病毒",
            VirusState::Barred => "经认定不安全",
            _ => return None,
        };
        let message = format!("“{file_name}”{reason}，请删除后另选文件上传");
        Some(Finding::block(slot, slot, "file_infected", message))
    }

    /// The same to a reviewer, of what was handed in before it was known.
    #[must_use]
    pub fn advice(self, slot: &str, file_name: &str) -> Option<Finding> {
        let (code, message) = match self {
            VirusState::Infected => ("file_infected", "带有病毒，已停止下载，可退回补正"),
            VirusState::Barred => ("file_infected", "经认定不安全，已停止下载，可退回补正"),
            VirusState::Unsure => ("file_undecided", "病毒检查没有得出结论，请认定"),
            _ => return None,
        };
        let message = format!("“{file_name}”{message}");
        Some(Finding::block(slot, slot, code, message).effect(Effect::Warn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(answer: Result<T, Refusal>) -> Option<&'static str> {
        answer.err().map(|refusal| refusal.code)
    }

    #[test]
    fn only_what_is_known_to_be_harmless_leaves() {
        let told = VirusState::ALL.map(|s| (s.as_str(), code(s.may_leave())));
        assert_eq!(
            told,
            [
                ("pending", Some("file_unchecked")),
                ("clean", None),
                ("infected", Some("file_infected")),
                ("unsure", Some("file_undecided")),
                ("released", None),
                ("barred", Some("file_infected")),
            ]
        );
    }

    #[test]
    fn an_officers_scan_that_nobody_can_judge_leaves_too() {
        for state in VirusState::ALL {
            let expected = match state {
                VirusState::Unsure => None,
                _ => code(state.may_leave()),
            };
            assert_eq!(code(state.officers_may_leave()), expected, "{state:?}");
        }
    }

    #[test]
    fn a_person_decides_what_the_scanner_left_open_and_nothing_else() {
        for state in VirusState::ALL {
            let expected = match state {
                VirusState::Unsure => (Ok(VirusState::Released), Ok(VirusState::Barred)),
                VirusState::Pending => (Err("virus_check_open"), Err("virus_check_open")),
                _ => (Err("virus_check_settled"), Err("virus_check_settled")),
            };
            let told = |harmless| state.decide(harmless).map_err(|r| r.code);
            assert_eq!((told(true), told(false)), expected, "{state:?}");
        }
    }

    #[test]
    fn a_check_that_is_open_keeps_nobody_from_handing_in() {
        for state in VirusState::ALL {
            let blocks = state.finding("pictures", "图.png").is_some();
            let harmful = matches!(state, VirusState::Infected | VirusState::Barred);
            assert_eq!(blocks, harmful, "{state:?}");
            assert_eq!(VirusState::parse(state.as_str()), Some(state));
        }
        assert_eq!(VirusState::parse("fine"), None);
    }
}
