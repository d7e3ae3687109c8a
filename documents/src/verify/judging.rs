//! Judges one signature of a form: is it intact, whose is it, when was it made, was its certificate withdrawn by then?

use ::der::Encode;
use x509_cert::Certificate;

use super::{Container, Covers, Known, Record, SignatureReport, TimestampReport};
use crate::revisions::{Revisions, SignaturePlace, Stamped};
use crate::signed_data::Signer;
use crate::timestamp::token::Token;
use crate::withdrawal::{self, List};
use crate::{civil, trust};

/// An office's clock may be ahead of ours by so much, milliseconds.
const AHEAD: i64 = 10 * 60 * 1000;

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
        covers: Covers,
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
            covers,
            covers_whole_file: place.end == self.pdf.len(),
            reviewed: None,
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
        let record = self.on_record(stamped, signer, report);
        if let Some(when) = self.when(stamped, token.as_ref(), record, report) {
            self.trust(index, stamped, signer, when, report);
        }
        if let Err(problem) = self.keeps(stamped, signer) {
            report.intact = false;
            report.remarks.push(problem.to_owned());
        }
        report.valid = report.intact && report.trusted && report.reviewed != Some(false);
    }

    /// The platform's record of this very stamp: by this certificate, in this box, on this file.
    fn on_record(
        &self,
        stamped: &Stamped,
        signer: &Signer,
        report: &mut SignatureReport,
    ) -> Option<&'a Record> {
        let records = self.known.records.as_ref()?;
        let of_box = || records.iter().filter(|r| r.slot == stamped.slot);
        let by_signer = || of_box().filter(|r| signer.encoded.first() == Some(&r.certificate));
        let found = by_signer().find(|r| r.sha256 == report.covers.sha256);
        report.reviewed = Some(found.is_some());
        let remark = match found {
            Some(_) => return found,
            None if of_box().next().is_none() => "平台没有此盖章处的盖章记录",
            None if by_signer().next().is_none() => "签章所用的证书不是平台记录的证书",
            None => "签章所盖的内容不是平台记录的内容",
        };
        report.remarks.push(remark.to_owned());
        None
    }

    /// A trusted time stamp says it; the signer's own claim, which the platform may have written down, when there is none.
    fn when(
        &self,
        stamped: &Stamped,
        token: Option<&Token>,
        record: Option<&Record>,
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
        let proved = record.is_some_and(|r| {
            let (from, until) = r.between;
            // dates of a PDF count whole seconds
            (from.saturating_sub(999)..=until).contains(&at_ms)
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
        let now = self.known.now_ms;
        if when.at_ms > now.saturating_add(AHEAD) {
            report.remarks.push("签章时间晚于现在".to_owned());
            return;
        }
        let Some(root) = trust::anchor(own, chain, roots, when.at_ms) else {
            let remark = "证书不是由受信任的机构签发，或者签章时不在有效期内";
            report.remarks.push(remark.to_owned());
            return;
        };
        let mut path = std::iter::once(own).chain(chain).chain([&root]);
        if !when.proved && !path.all(|c| trust::holds_at(c, now)) {
            let remark = "证书已过有效期，没有时间戳或平台记录证明签章时仍在有效期内";
            report.remarks.push(remark.to_owned());
            return;
        }
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
        let listed = word.since_ms.map(|since_ms| (since_ms, "吊销"));
        let all = listed.into_iter().chain(self.registered(signer));
        let Some((since_ms, ended)) = all.min_by_key(|(since_ms, _)| *since_ms) else {
            return;
        };
        let since = civil::told(since_ms);
        report.withdrawn_at = Some(civil::rfc3339(since_ms));
        let (trusted, remark) = if when.at_ms >= since_ms {
            (false, format!("证书已于{since}{ended}，签章不早于{ended}"))
        } else if when.proved {
            let remark = format!("证书后来于{since}{ended}，签章在{ended}之前，仍然有效");
            (true, remark)
        } else {
            let remark = format!("证书已于{since}{ended}，没有时间戳或平台记录证明签章早于{ended}");
            (false, remark)
        };
        report.trusted = trusted;
        report.remarks.push(remark);
    }

    /// Since when the platform's register has a certificate of the path out of use, and in which way.
    fn registered(&self, signer: &Signer) -> impl Iterator<Item = (i64, &'static str)> {
        let register = self.known.register.iter();
        let out = register.filter(|w| signer.encoded.contains(&w.certificate));
        // whole seconds, as lists and dates of a PDF count them
        out.map(|w| {
            let ended = if w.suspended { "停用" } else { "吊销" };
            (w.since_ms - w.since_ms.rem_euclid(1000), ended)
        })
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
