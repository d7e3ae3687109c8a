//! Uploads built to harm: refused, and quickly.

use std::io::Write as _;

use media::pdf::probe;

/// A PDF from its objects, number 1 the catalog.
fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", out.len());
        out.extend(format!("{} 0 obj\n", n + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let (at, count) = (out.len(), objects.len() + 1);
    out.extend(format!("xref\n0 {count}\n{table}trailer\n<</Size {count}/Root 1 0 R{trailer}>>\nstartxref\n{at}\n%%EOF\n").bytes());
    out
}

/// Pages, with something in the catalog and more objects behind (from number `pages + 3`).
fn pages(pages: usize, catalog: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let kids: String = (0..pages).map(|n| format!("{} 0 R ", n + 3)).collect();
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>").into_bytes(),
        format!("<</Type/Pages/Count {pages}/Kids[{kids}]>>").into_bytes(),
    ];
    objects
        .extend((0..pages).map(|_| b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>".to_vec()));
    objects.extend_from_slice(more);
    pdf(&objects, "")
}

fn code(pdf: &[u8]) -> &'static str {
    match probe(pdf, 300) {
        Ok(_) => "taken",
        Err(refusal) => refusal.code,
    }
}

#[test]
fn an_ordinary_file_is_taken() {
    assert_eq!(probe(&pages(3, "", &[]), 300), Ok(3));
    assert_eq!(
        probe(&crate::support::bozhou().pdf, 300),
        Ok(crate::support::bozhou().pages)
    );
}

#[test]
fn three_hundred_pages_are_counted() {
    let long = pages(300, "", &[]);
    assert_eq!(probe(&long, 300), Ok(300));
    assert_eq!(
        probe(&long, 299).expect_err("too long").code,
        "pdf_too_long"
    );
}

#[test]
fn ten_thousand_pages_are_too_many() {
    let started = std::time::Instant::now();
    assert_eq!(code(&pages(10_000, "", &[])), "pdf_too_long");
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn anything_active_is_refused_with_the_code_of_what_it_is() {
    let actions = [
        (
            "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>",
            "pdf_script",
        ),
        (
            "/OpenAction<</S/J#61vaScript/#4A#53(app.alert\\(1\\))>>",
            "pdf_script",
        ),
        (
            "/OpenAction<</S/#4a#61#76#61#53#63#72#69#70#74/JS 4 0 R>>",
            "pdf_script",
        ),
        ("/Names<</JavaScript<</Names[(a)4 0 R]>>>>", "pdf_script"),
        ("/Deep[[[[<</A[<</B<</S/JavaScript>>>>]>>]]]]", "pdf_script"),
        ("/AA<</WC<</S/Launch/F(calc.exe)>>>>", "pdf_launch"),
        ("/AA<</WC<</S/L#61unch/F(calc.exe)>>>>", "pdf_launch"),
        (
            "/OpenAction<</S/Launch/Next<</S/JavaScript/JS(1)>>>>",
            "pdf_script",
        ),
        (
            "/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>",
            "pdf_attachment",
        ),
        ("/AF[<</Type/Filespec/EF<</F 4 0 R>>>>]", "pdf_attachment"),
        (
            "/Annots[<</Subtype/FileAttachment/FS 4 0 R>>]",
            "pdf_attachment",
        ),
        ("/AcroForm<</XFA 4 0 R>>", "pdf_xfa"),
        (
            "/OpenAction<</S/GoToR/F(http://example.com/)>>",
            "pdf_active",
        ),
        (
            "/OpenAction<</S/SubmitForm/F(http://example.com/)>>",
            "pdf_active",
        ),
        ("/Annots[<</Subtype/RichMedia>>]", "pdf_active"),
        ("/Annots[<</Subtype/3D/3DD 4 0 R>>]", "pdf_active"),
    ];
    for (action, expected) in actions {
        assert_eq!(code(&pages(1, action, &[])), expected, "{action}");
    }
    let attached = b"<</Type/EmbeddedFile/Length 3>>\nstream\nabc\nendstream".to_vec();
    assert_eq!(code(&pages(1, "", &[attached])), "pdf_attachment");
    // a script that a 3D model runs when it is shown
    let model = b"<</Type/3D/Subtype/U3D/OnInstantiate 5 0 R/Length 3>>\nstream\nabc\nendstream";
    let shown = "/Annots[<</Subtype/3D/3DD 4 0 R>>]";
    assert_eq!(code(&pages(1, shown, &[model.to_vec()])), "pdf_script");
}

#[test]
fn a_link_to_a_page_or_the_web_is_taken() {
    for link in [
        "/OpenAction[3 0 R/Fit]",
        "/A<</S/URI/URI(https://example.com/)>>",
    ] {
        assert_eq!(code(&pages(1, link, &[])), "taken", "{link}");
    }
}

#[test]
fn a_script_in_an_object_that_the_parser_passes_over_is_refused() {
    let deep = format!(
        "<</S/JavaScript/Junk{}{}>>",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    assert_eq!(
        code(&pages(1, "/OpenAction 4 0 R", &[deep.into_bytes()])),
        "pdf_script"
    );
}

fn packed(text: &[u8], first: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).expect("packed");
    let bytes = encoder.finish().expect("packed");
    let head = format!(
        "<</Type/ObjStm/N 1/First {first}/Filter/FlateDecode/Length {}>>\nstream\n",
        bytes.len()
    );
    [head.as_bytes(), &bytes, b"\nendstream"].concat()
}

#[test]
fn a_script_in_packed_objects_is_refused() {
    let hidden = packed(b"9 0 <</S/JavaScript/JS(1)>>", 4);
    assert_eq!(
        code(&pages(1, "/OpenAction 9 0 R", &[hidden])),
        "pdf_script"
    );
}

#[test]
fn a_file_that_unpacks_without_end_is_refused() {
    let bomb = packed(&[&b"9 0 "[..], &vec![b' '; 64 << 20]].concat(), 4);
    let started = std::time::Instant::now();
    let said = code(&pages(1, "", &[bomb]));
    assert_ne!(said, "taken");
    assert!(started.elapsed().as_secs() < 10);
}

#[test]
fn an_encrypted_file_is_refused() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 0/Kids[]>>".to_vec(),
    ];
    let how = "<</Filter/Standard/V 1/R 2/O(00000000000000000000000000000000)/U(00000000000000000000000000000000)/P -4>>";
    assert_eq!(
        code(&pdf(&objects, &format!("/Encrypt{how}/ID[(a)(a)]"))),
        "pdf_encrypted"
    );
    assert_ne!(
        code(&pdf(&objects, &format!("/Encr#79pt{how}/ID[(a)(a)]"))),
        "taken"
    );
}

#[test]
fn deep_nesting_does_not_bring_the_server_down() {
    for (open, close) in [("[", "]"), ("<</A", ">>"), ("(", ")")] {
        let deep = format!("{}1{}", open.repeat(400_000), close.repeat(400_000));
        let started = std::time::Instant::now();
        let bytes = pages(1, "", &[deep.into_bytes()]);
        let _ = code(&bytes);
        assert!(!crate::support::verify(&bytes, &crate::support::roots()).valid);
        assert!(started.elapsed().as_secs() < 10, "{open}");
    }
}

#[test]
fn a_page_tree_that_bites_its_tail_ends() {
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Count 1/Kids[2 0 R]>>".to_vec(),
    ];
    assert_ne!(code(&pdf(&objects, "")), "taken");
}

#[test]
fn a_broken_file_is_refused() {
    let whole = pages(3, "", &[]);
    for kept in [0, 4, 9, 100, whole.len() / 2, whole.len() - 7] {
        assert_eq!(code(&whole[..kept]), "pdf_broken", "{kept}");
    }
    assert_eq!(code(b"GIF89a"), "pdf_broken");
    assert_eq!(code(b"%PDF-1.7\nnothing\n%%EOF\n"), "pdf_broken");
    assert_eq!(code(&[b"MZ", whole.as_slice()].concat()), "pdf_broken");
}

#[test]
fn a_file_with_any_number_of_signatures_is_not_judged_for_long() {
    let field = |n| {
        format!(
            "<</FT/Sig/T(a{n})/V<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 9 20 9]/Contents<00>>>>>"
        )
    };
    let fields: String = (0..20_000).map(field).collect();
    let bytes = pages(1, &format!("/AcroForm<</Fields[{fields}]>>"), &[]);
    let started = std::time::Instant::now();
    let report = crate::support::verify(&bytes, &crate::support::roots());
    assert!(!report.valid && !report.problems.is_empty(), "{report:?}");
    assert!(started.elapsed().as_secs() < 10);
}

/// Files as office programs write them: objects packed, or the table at the front for the web.
#[test]
fn files_of_other_programs_are_taken() {
    let from = crate::support::file("plain.pdf", &crate::support::bozhou().pdf);
    for option in ["--object-streams=generate", "--linearize", "--qdf"] {
        let to = crate::support::file(&format!("plain{option}.pdf"), b"");
        let (from, to) = (from.to_str().expect("a path"), to.to_str().expect("a path"));
        if crate::support::tool("qpdf", &[option, from, to]).is_none() {
            return;
        }
        let bytes = std::fs::read(to).expect("a file");
        assert_eq!(
            probe(&bytes, 300),
            Ok(crate::support::bozhou().pages),
            "{option}"
        );
    }
    let secret = crate::support::file("secret.pdf", b"");
    let (from, to) = (
        from.to_str().expect("a path"),
        secret.to_str().expect("a path"),
    );
    crate::support::tool("qpdf", &["--encrypt", "", "owner", "256", "--", from, to]);
    let bytes = std::fs::read(to).expect("a file");
    assert_eq!(code(&bytes), "pdf_encrypted");
}
