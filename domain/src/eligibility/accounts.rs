//! Which accounts an entry occupies. A claim is a row that is unique among the live entries of a
//! campaign, so that 「各账号只通过一种途径申报」 and 「报名参加传播矩阵类的账号，不得再单独报名」 hold
//! whichever entry comes first.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::form::Answers;
use crate::notice::{FieldKind, Notice};
use crate::text::{fold, skeleton};

/// An account that an entry occupies alone in its campaign: by whatever route, alone or in a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClaim {
    /// Platform with name or id, folded, at most 190 characters; unique among live entries of a campaign.
    pub key: String,
    /// As typed, for messages.
    pub name: String,
}

/// An account as an entry or a list names it; what is not known is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account<'a> {
    pub platform: &'a str,
    pub name: &'a str,
    /// Id or address.
    pub id: &'a str,
}

impl Account<'_> {
    /// By its name and by its id, so that neither another spelling nor another name lets it in twice.
    pub fn claims(self, notice: &Notice) -> impl Iterator<Item = AccountClaim> + use<> {
        let Account { platform, name, id } = self;
        by_name(notice, platform, name)
            .into_iter()
            .chain(by_id(notice, platform, name, id))
    }
}

/// The accounts of an entry: itself, and a matrix's children.
#[must_use]
pub fn accounts_of<'a>(notice: &Notice, answers: &'a Answers) -> Vec<Account<'a>> {
    let form = &notice.form;
    let text = |field: &str| answers.text(field).unwrap_or_default();
    let platform = form.platform_field.as_deref().map(text).unwrap_or_default();
    let name = text(&form.name_field);
    let of_kind =
        |wanted: fn(&FieldKind) -> bool| form.field.iter().filter(move |f| wanted(&f.kind));
    let itself = |id| Account { platform, name, id };

    let mut accounts = vec![itself("")];
    accounts.extend(of_kind(|k| *k == FieldKind::Address).map(|f| itself(text(&f.key))));
    for field in of_kind(|k| matches!(k, FieldKind::Children { .. })) {
        let children = answers.children(&field.key).iter();
        accounts.extend(children.map(|child| Account {
            platform: &child.platform,
            name: &child.name,
            id: &child.account_id,
        }));
    }
    accounts
}

/// What the accounts of an entry occupy. No key occurs twice.
#[must_use]
pub fn account_claims(notice: &Notice, answers: &Answers) -> Vec<AccountClaim> {
    let accounts = accounts_of(notice, answers).into_iter();
    let mut claims: Vec<AccountClaim> = accounts.flat_map(|a| a.claims(notice)).collect();
    let mut seen = BTreeSet::new();
    claims.retain(|c| seen.insert(c.key.clone()));
    claims
}

fn by_name(notice: &Notice, platform: &str, name: &str) -> Option<AccountClaim> {
    claim(notice, platform, "", &skeleton(name), name)
}

/// Words such as 「无」 in the cell for the id are no id.
fn by_id(notice: &Notice, platform: &str, name: &str, id: &str) -> Option<AccountClaim> {
    let id = account_key(id);
    let letters = id.chars().filter(char::is_ascii_alphanumeric).count();
    (letters >= 4).then(|| claim(notice, platform, "id:", &id, name))?
}

fn claim(
    notice: &Notice,
    platform: &str,
    mark: &str,
    what: &str,
    name: &str,
) -> Option<AccountClaim> {
    let key = format!("{}/{mark}{what}", platform_key(notice, platform));
    (!what.is_empty()).then(|| AccountClaim {
        key: shortened(key),
        name: name.to_owned(),
    })
}

/// Fits the column; what is cut off still tells keys apart.
fn shortened(key: String) -> String {
    if key.chars().count() <= 190 {
        return key;
    }
    let head: String = key.chars().take(120).collect();
    format!("{head}~{}", hex::encode(Sha256::digest(key.as_bytes())))
}

/// The notice's key of a platform that was written as key or as name (`douyin`, 「抖音」, 「 抖 音」); another
/// platform's folded name.
#[must_use]
pub fn platform_key(notice: &Notice, written: &str) -> String {
    let folded = fold(written);
    let known = notice.platform.iter().find(|p| {
        p.key == written
            || (!folded.is_empty() && (fold(&p.label) == folded || fold(&p.key) == folded))
    });
    known.map_or(folded, |p| p.key.clone())
}

/// An account's id or address for comparison: without scheme, `www.` and the slash at its end.
#[must_use]
pub fn account_key(id: &str) -> String {
    let id = fold(id);
    let id = id
        .strip_prefix("https://")
        .or(id.strip_prefix("http://"))
        .unwrap_or(&id);
    let id = id.strip_prefix("www.").unwrap_or(id);
    id.trim_end_matches('/').to_owned()
}
