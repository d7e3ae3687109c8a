//! One broken pack for every fault: the exact line and sentence.

use super::*;

mod references;
mod shape;
mod values;
mod windows_and_sums;

/// What is replaced, what by, then the faults: (words on the faulty line, path, code, message).
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str, &'static str, &'static str)],
);

/// The three-tier template with one thing broken.
fn told(from: &str, to: &str) -> (String, Vec<Fault>) {
    let text = pack("three-tier");
    let text = match from {
        "" => format!("{text}\n{to}\n"),
        _ => {
            assert!(text.contains(from), "the template no longer has {from:?}");
            text.replacen(from, to, 1)
        }
    };
    let faults = check(&text).err().unwrap_or_default();
    (text, faults)
}

fn try_all(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (from, to, wanted) in cases {
        let (text, faults) = told(from, to);
        let line = |words: &str| {
            text.find(words).map_or(0, |at| {
                text[..at].lines().count() + usize::from(at == 0 || text[..at].ends_with('\n'))
            })
        };
        let wanted: Vec<Fault> = wanted
            .iter()
            .map(|(words, path, code, message)| Fault {
                line: line(words),
                path: (*path).to_owned(),
                code,
                message: (*message).to_owned(),
            })
            .collect();
        if faults != wanted {
            wrong.push(format!(
                "{from:?} became {to:?}:\n told {faults:#?}\n not {wanted:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_fault_is_told_at_once_and_none_is_made_up() {
    let text = pack("three-tier")
        .replacen("key = \"apply\"", "kee = \"apply\"", 1)
        .replacen("region = \"420506\"", "region = \"42\"", 1)
        .replacen("weight = 40", "weight = \"forty\"", 1)
        .replacen("stage = \"review\"", "stage = \"never\"", 1);
    let codes: Vec<&str> = check(&text).unwrap_err().iter().map(|f| f.code).collect();
    // The steps that name `apply` and the sum of the weights cannot be judged and are left alone.
    assert_eq!(
        codes,
        ["bad_region", "missing_key", "unknown_key", "wrong_type"]
    );
}

/// Whatever line is lost, the rest is read to the end, and a fault always says where and what.
#[test]
fn a_lost_line_never_ends_the_reading() {
    for slug in ["three-tier", "cast-2021"] {
        let text = pack(slug);
        let lines: Vec<&str> = text.lines().collect();
        for lost in (0..lines.len()).step_by(11) {
            let rest: Vec<&str> = [&lines[..lost], &lines[lost + 1..]].concat();
            for fault in check(&rest.join("\n")).err().unwrap_or_default() {
                assert!(fault.line >= 1 && fault.line <= lines.len(), "{fault:?}");
                assert!(
                    !fault.message.is_empty() && fault.code != "shape",
                    "{fault:?}"
                );
            }
        }
    }
}

#[test]
fn a_fault_reads_as_one_line() {
    let (text, _) = told("max = 5\n", "max = \"5\"\n");
    let line = text[..text.find("\"5\"").unwrap()].lines().count();
    let said = Notice::parse(&text).unwrap_err().to_string();
    assert_eq!(
        said,
        format!("第{line}行 quota.county.max：应为整数，不加引号（wrong_type）")
    );
}
