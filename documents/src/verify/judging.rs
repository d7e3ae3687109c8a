//! Judges one signature of a form: is it intact, whose is it, when was it made, was its certificate withdrawn by then?

use ::der::Encode;
use x509_cert::Certificate;

use super::{Container, Known, SignatureReport, TimestampReport};
use crate::revisions::{Revisions, SignaturePlace, Stamped};
use crate::signed_data::Signer;
use crate::timestamp::token::Token;
use crate::withdrawal::{self, List};
use crate::{civil, trust};

/// What all signatures of a file are judged by.
pub(super) struct Judge<'a> {
    pdf: &'a [u8],
    known: &'a Known,
    /// Lists that the caller gave.
    lists: Vec<List>,
    /// The list that each stamp keeps, or what is wrong with it.
    kept: Vec<Option<Result<List, &'static str>>>,
}

/// When a signature was made.
#[derive(Clone, Copy)]
struct When {
    at_ms: i64,
    /// More than the signer's own word.
    proved: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        pdf: &'a [u8],
        revisions: &Revisions,
        known: &'a Known,
        lists: Vec<List>,
    ) -> Judge<'a> {
        let stamps = revisions.stamps.iter();
        let kept = stamps.map(|stamped| {
            let kept = stamped.kept.as_ref()?;
            Some(List::read(&pdf[kept.list.clone()], &known.roots))
        });
        Judge {
            kept: kept.collect(),
            pdf,
            known,
            lists,
        }
    }

    /// The verdict on the signature of a stamp, with the digest of what it covers.
    pub(super) fn report(
        &self,
        index: usize,
        stamped: &Stamped,
        read: Result<(&Container, Vec<u8>), &&'static str>,
    ) -> SignatureReport {
        let place = &stamped.signature;
        let mut report = SignatureReport {
            slot: stamped.slot.clone(),
            agency: String::new(),
            serial: String::new(),
            algorithm: String::new(),
            signed_at: String::from_utf8_lossy(&place.date).into_owned(),
            intact: false,
            trusted: false,
            timestamp: None,
            withdrawal_checked: false,
            withdrawn_at: None,
            remarks: Vec::new(),
            covers_whole_file: place.end == self.pdf.len(),
            changes: Vec::new(),
            valid: false,
        };
        match read {
            Ok((container, digest)) => self.judge(index, stamped, container, &digest, &mut report),
            Err(problem) => report.changes.push((*problem).to_owned()),
        }
        report
    }

    fn judge(
        &self,
        index: usize,
        stamped: &Stamped,
        container: &Container,
        digest: &[u8],
        report: &mut SignatureReport,
    ) {
        let signer = &container.signer;
        let body = signer.certificate.tbs_certificate();
        report.agency = trust::common_name(&signer.certificate);
        report.serial = hex::encode(body.serial_number().as_bytes());
        report.algorithm = signer.algorithm.as_str().to_owned();
        report.intact = signer.stands_behind(digest, &container.found, &container.raw);
        let token = token(&stamped.signature, container).unwrap_or_else(|problem| {
            report.intact = false;
            report.remarks.push(problem.to_owned());
            None
        });
        if let Some(when) = self.when(stamped, token.as_ref(), report) {
            self.trust(index, stamped, signer, when, report);
        }
        if let Err(problem) = self.keeps(stamped, signer) {
            report.intact = false;
            report.remarks.push(problem.to_owned());
        }
        report.valid = report.intact && report.trusted;
    }

    /// A trusted time stamp says it; the signer's own claim, which the platform may have written down, when there is none.
    fn when(
        &self,
        stamped: &Stamped,
        token: Option<&Token>,
        report: &mut SignatureReport,
    ) -> Option<When> {
        if let Some(token) = token {
            let trusted = token.is_trusted(&self.known.timestamp_roots);
            report.timestamp = Some(TimestampReport {
                at: civil::rfc3339(token.at_ms),
                authority: token.authority(),
                trusted,
            });
            if trusted {
                return Some(When {
                    at_ms: token.at_ms,
                    proved: true,
                });
            }
            let remark = "时间戳不是由受信任的机构签发，按签章自报的时间判断";
            report.remarks.push(remark.to_owned());
        }
        let at_ms = civil::parse_pdf_date(&stamped.signature.date)?;
        let mut records = self.known.records.iter();
        let proved = records.any(|r| {
            let (from, until) = r.between;
            r.slot == stamped.slot
                && r.serial == report.serial
                // dates of a PDF count whole seconds
                && (from.saturating_sub(999)..=until).contains(&at_ms)
        });
        Some(When { at_ms, proved })
    }

    fn trust(
        &self,
        index: usize,
        stamped: &Stamped,
        signer: &Signer,
        when: When,
        report: &mut SignatureReport,
    ) {
        let (own, chain, roots) = (&signer.certificate, &signer.chain, &self.known.roots);
        let Some(root) = trust::anchor(own, chain, roots, when.at_ms) else {
            return;
        };
        report.trusted = true;
        self.withdrawal(signer, &root, when, report);
        if let Err(problem) = self.kept_list(index, stamped, signer, &root) {
            report.trusted = false;
            report.remarks.push(problem.to_owned());
        }
    }

    fn withdrawal(
        &self,
        signer: &Signer,
        root: &Certificate,
        when: When,
        report: &mut SignatureReport,
    ) {
        let kept = self.kept.iter().flatten().flatten();
        let word = withdrawal::look_up(self.lists.iter().chain(kept), &signer.encoded, root);
        report.withdrawal_checked = word.asked;
        let Some(since_ms) = word.since_ms else {
            return;
        };
        let since = civil::told(since_ms);
        report.withdrawn_at = Some(civil::rfc3339(since_ms));
        let (trusted, remark) = if when.at_ms >= since_ms {
            (false, format!("证书已于{since}吊销，签章不早于吊销"))
        } else if when.proved {
            let remark = format!("证书后来于{since}吊销，签章在吊销之前，仍然有效");
            (true, remark)
        } else {
            let remark = format!("证书已于{since}吊销，没有时间戳或平台记录证明签章早于吊销");
            (false, remark)
        };
        report.trusted = trusted;
        report.remarks.push(remark);
    }

    /// A stamp keeps its signer's certificates, all and no other.
    fn keeps(&self, stamped: &Stamped, signer: &Signer) -> Result<(), &'static str> {
        let Some(kept) = &stamped.kept else {
            return Ok(());
        };
        let certificates = kept.certificates.iter().map(|at| &self.pdf[at.clone()]);
        let own = certificates.eq(signer.encoded.iter().map(Vec::as_slice));
        own.then_some(()).ok_or("随附的证书不是签章人的证书")
    }

    /// The list that a stamp keeps must be of the authority that issued the certificate, and have held when it was set.
    fn kept_list(
        &self,
        index: usize,
        stamped: &Stamped,
        signer: &Signer,
        root: &Certificate,
    ) -> Result<(), &'static str> {
        let Some(Some(list)) = self.kept.get(index) else {
            return Ok(());
        };
        let list = list.as_ref().map_err(|problem| *problem)?;
        let root = root.to_der().unwrap_or_default();
        if !list.is_of(signer.encoded.get(1).unwrap_or(&root)) {
            return Err("随附的吊销列表是其他机构的");
        }
        let at = civil::parse_pdf_date(&stamped.signature.date);
        let held = at.is_some_and(|at| list.holds_at(at));
        held.then_some(()).ok_or("随附的吊销列表与签章时间不符")
    }
}

/// The time-stamp token of a signature that says that it has one. One that does not hold makes the signature invalid,
/// whoever issued it.
fn token(place: &SignaturePlace, container: &Container) -> Result<Option<Token>, &'static str> {
    let Some(der) = &container.found.token else {
        return match place.timestamped {
            true => Err("时间戳被去除"),
            false => Ok(None),
        };
    };
    if !place.timestamped {
        return Err("时间戳是后来添加的");
    }
    let token = Token::read(der).ok_or("时间戳无法读取")?;
    if !token.is_over(&container.found.signature) {
        return Err("时间戳是另一个签名的");
    }
    if !token.is_sound() || token.encoded().as_ref() != Some(der) {
        return Err("时间戳无效");
    }
    Ok(Some(token))
}
