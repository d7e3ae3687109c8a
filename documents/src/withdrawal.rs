//! What lists of withdrawn certificates (CRL, RFC 5280 §5) say about a stamp.
//!
//! A list is used only when its authority is a root that we know and signed it, and when nothing in it must be understood that is
//! not understood here: parts of lists and lists on behalf of others are not.

use ::der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::crl::CertificateList;
use x509_cert::time::Time;

use crate::algorithm::authorities::signed_by;
use crate::der::ids;
use crate::trust;

/// A list that its authority signed.
pub(crate) struct List {
    /// The authority's certificate, DER.
    root: Vec<u8>,
    withdrawn: Vec<Line>,
    from_ms: i64,
    until_ms: i64,
}

/// A withdrawn certificate.
struct Line {
    serial: Vec<u8>,
    at_ms: i64,
}

impl List {
    /// From DER, under one of the roots; or what is wrong with it, for people.
    pub(crate) fn read(der: &[u8], roots: &[Vec<u8>]) -> Result<List, &'static str> {
        let read = CertificateList::<x509_cert::certificate::Rfc5280>::from_der(der);
        let list = read.map_err(|_| "吊销列表无法读取")?;
        if !is_understood(&list) {
            return Err("吊销列表的形式不受支持");
        }
        let root = issuer(&list, roots).ok_or("吊销列表不是由受信任的机构签发")?;
        let body = &list.tbs_cert_list;
        let until = body.next_update.as_ref().ok_or("吊销列表没有截止时间")?;
        let lines = body.revoked_certificates.iter().flatten();
        Ok(List {
            root: root.clone(),
            withdrawn: lines
                .map(|line| Line {
                    serial: line.serial_number.as_bytes().to_vec(),
                    at_ms: millis(&line.revocation_date),
                })
                .collect(),
            from_ms: millis(&body.this_update),
            until_ms: millis(until),
        })
    }

    /// Is it the newest word at this instant? Lists count whole seconds.
    pub(crate) fn holds_at(&self, at_ms: i64) -> bool {
        self.from_ms <= at_ms.saturating_add(999) && at_ms <= self.until_ms.saturating_add(999)
    }

    /// Is the authority that signed it this one (DER)?
    pub(crate) fn is_of(&self, authority: &[u8]) -> bool {
        self.root == authority
    }

    /// Since when is this certificate of the authority `issuer` (DER) withdrawn?
    fn since(&self, certificate: &Certificate, issuer: &[u8]) -> Option<i64> {
        let serial = certificate.tbs_certificate().serial_number().as_bytes();
        let lines = self.withdrawn.iter().filter(|l| l.serial == serial);
        (self.root == issuer)
            .then(|| lines.map(|l| l.at_ms).min())
            .flatten()
    }
}

/// What all lists together say about a path of certificates.
pub(crate) struct Word {
    /// A list of the authority that issued the first of them is among those given.
    pub(crate) asked: bool,
    /// When the first one of the path was withdrawn.
    pub(crate) since_ms: Option<i64>,
}

/// Looks up a path, from the office's certificate to below `root`.
pub(crate) fn look_up<'a>(
    lists: impl Iterator<Item = &'a List> + Clone,
    path: &[Vec<u8>],
    root: &Certificate,
) -> Word {
    let root = root.to_der().unwrap_or_default();
    let issuers = path.iter().skip(1).chain(std::iter::once(&root));
    let pairs = path.iter().zip(issuers);
    let since = pairs.filter_map(|(certificate, issuer)| {
        let certificate = Certificate::from_der(certificate).ok()?;
        lists
            .clone()
            .filter_map(|list| list.since(&certificate, issuer))
            .min()
    });
    Word {
        since_ms: since.min(),
        asked: lists
            .clone()
            .any(|list| list.root == *path.get(1).unwrap_or(&root)),
    }
}

fn issuer<'a>(list: &CertificateList, roots: &'a [Vec<u8>]) -> Option<&'a Vec<u8>> {
    let body = &list.tbs_cert_list;
    let scheme = list.signature_algorithm.oid;
    let signed = body.to_der().ok()?;
    roots.iter().find(|root| {
        Certificate::from_der(root).is_ok_and(|root| {
            *root.tbs_certificate().subject() == body.issuer
                && scheme == body.signature.oid
                && trust::may_list(&root)
                && signed_by(&root, scheme, &signed, list.signature.raw_bytes())
        })
    })
}

fn is_understood(list: &CertificateList) -> bool {
    let body = &list.tbs_cert_list;
    let own = body.crl_extensions.iter().flatten();
    let lines = body.revoked_certificates.iter().flatten();
    let of_lines = lines.flat_map(|line| line.crl_entry_extensions.iter().flatten());
    let mut extensions = own.chain(of_lines);
    extensions.all(|e| !e.critical && e.extn_id != ids::DELTA_CRL)
}

fn millis(time: &Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_millis()).unwrap_or(i64::MAX)
}
