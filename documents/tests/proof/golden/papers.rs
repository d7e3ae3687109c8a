//! Every paper of `documents::papers`, bare and with its seals.

use documents::papers::{Dossier, Paper};
use documents::render::Rendered;
use documents::stamp::{Stamping, sha256_hex, stamp};

use super::contents::{
    CITY, announcement, certificate, commendation, cover, dossier, plaque, receipt, slip,
};
use super::{Gallery, holds_rare_characters};
use crate::support::{AT, renderer, root, today};

fn drawn<P: Paper>(name: &str, paper: &P) -> Rendered {
    let drawn = renderer().paper(paper, AT);
    drawn.unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Seals alone: date and offices are printed.
fn sealed(drawn: &Rendered) -> Vec<u8> {
    let mut pdf = drawn.pdf.clone();
    for (slot, agency) in CITY {
        let key = root().issue(agency, today()).unwrap();
        let stamping = Stamping {
            slot,
            agency,
            opinion: "",
            signer: "",
            date: "",
            at_ms: today(),
            expect_sha256: &sha256_hex(&pdf),
        };
        pdf = stamp(&pdf, &stamping, &key).unwrap();
    }
    pdf
}

#[test]
fn papers_look_as_their_golden_pictures() {
    let mut gallery = Gallery::new("papers");
    let mut hang = |name: &str, times: usize, drawn: Rendered| {
        holds_rare_characters(name, &drawn.pdf, times);
        gallery.hang(name, &drawn.pdf, |_| true);
        if !drawn.slots.is_empty() {
            let sealed = sealed(&drawn);
            gallery.hang(&format!("{name}-sealed"), &sealed, |n| {
                drawn.slots.iter().any(|s| s.page == n)
            });
        }
    };
    hang("receipt", 1, drawn("receipt", &receipt()));
    hang("slip", 2, drawn("slip", &slip()));
    hang("cover", 2, drawn("cover", &cover()));
    hang("announcement", 3, drawn("announcement", &announcement()));
    hang("commendation", 1, drawn("commendation", &commendation()));
    hang("certificate", 1, drawn("certificate", &certificate()));
    hang("plaque", 1, drawn("plaque", &plaque()));
    let (paper, enclosed) = dossier();
    let data = serde_json::to_value(&paper).unwrap();
    let drawn = renderer().render_with(Dossier::TEMPLATE, &data, enclosed, AT);
    hang("dossier", 5, drawn.unwrap());
    gallery.judge();
}
