//! 证书登记: a number stands for one honour, however often it is printed.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::refusal::{Refusal, Violation};

/// 荣誉证书 or 奖牌, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub kind: Kind,
    /// 证书编号; once in a campaign and kind.
    pub number: String,
    /// Who or what is honoured.
    pub name: String,
    pub title: String,
    /// What a certificate says after the name; the upper line of a plaque.
    pub text: String,
    /// 落款单位.
    pub agencies: Vec<String>,
    /// 落款日期, as it is printed.
    pub date: String,
}

/// What is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 荣誉证书, A4 across.
    Certificate,
    /// 奖牌, for the engraver.
    Plaque,
}

impl Kind {
    /// The word used in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Certificate => "certificate",
            Kind::Plaque => "plaque",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn of(word: &str) -> Option<Kind> {
        [Kind::Certificate, Kind::Plaque]
            .into_iter()
            .find(|k| k.as_str() == word)
    }
}

/// The numbers of a campaign's own series that are not taken, in order: `slug-001`, `slug-002`.
pub fn series<'a>(slug: &'a str, taken: &'a HashSet<String>) -> impl Iterator<Item = String> + 'a {
    let all = (1_u32..).map(move |n| format!("{slug}-{n:03}"));
    all.filter(|number| !taken.contains(number))
}

/// May it be printed under the number of one that was issued? Only the same, and only while that is not withdrawn: whoever
/// looks a number up must find what the sheet says.
pub fn check_again(
    issued: &Certificate,
    revoked: bool,
    asked: &Certificate,
) -> Result<(), Violation> {
    let refused = |code: &str, message: String| Violation {
        field: "names.number".into(),
        code: code.into(),
        value: Some(asked.number.clone()),
        message,
        ..Violation::default()
    };
    if revoked {
        let message = format!("编号“{}”的证书已撤销，请换用新的编号", asked.number);
        return Err(refused("certificate_revoked", message));
    }
    if issued != asked {
        let message = format!(
            "编号“{}”已发给“{}”，内容不同的请换用新的编号",
            asked.number, issued.name
        );
        return Err(refused("certificate_number_taken", message));
    }
    Ok(())
}

/// Withdrawing it, once.
pub fn revoke(revoked: bool) -> Result<(), Refusal> {
    match revoked {
        true => Err(Refusal::new("certificate_revoked", "此证书已经撤销")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued() -> Certificate {
        Certificate {
            kind: Kind::Certificate,
            number: "亳2022-01".into(),
            name: "谯城发布".into(),
            title: "荣誉证书".into(),
            text: "被评为文明账号。".into(),
            agencies: vec!["亳州市委网信办".into()],
            date: "2022年6月20日".into(),
        }
    }

    #[test]
    fn the_same_is_printed_again_and_nothing_else_under_its_number() {
        assert_eq!(check_again(&issued(), false, &issued()), Ok(()));
        let changes: [fn(&mut Certificate); 4] = [
            |c| c.name = "药都发布".into(),
            |c| c.text = "被评为示范账号。".into(),
            |c| c.agencies.push("亳州市文明办".into()),
            |c| c.date = "2022年6月21日".into(),
        ];
        for change in changes {
            let mut other = issued();
            change(&mut other);
            let told = check_again(&issued(), false, &other).unwrap_err();
            assert_eq!(told.code, "certificate_number_taken");
            assert!(told.message.contains("谯城发布"));
        }
    }

    #[test]
    fn one_that_was_withdrawn_is_not_printed_and_not_withdrawn_again() {
        let told = check_again(&issued(), true, &issued()).unwrap_err();
        assert_eq!(told.code, "certificate_revoked");
        assert_eq!(revoke(false), Ok(()));
        assert_eq!(revoke(true).unwrap_err().code, "certificate_revoked");
    }

    #[test]
    fn a_series_goes_on_with_what_is_free() {
        let taken = ["bozhou-001", "bozhou-003", "3", "other-002"];
        let taken = taken.map(str::to_owned).into();
        let next: Vec<String> = series("bozhou", &taken).take(3).collect();
        assert_eq!(next, ["bozhou-002", "bozhou-004", "bozhou-005"]);
    }

    #[test]
    fn words_and_kinds_are_one() {
        for kind in [Kind::Certificate, Kind::Plaque] {
            assert_eq!(Kind::of(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::of("medal"), None);
    }
}
