//! PDF files: any bytes are answered in time; what is taken has pages, and not too many.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match media::pdf::probe(bytes, fuzz::BOUNDS.pdf_pages) {
        Ok(pages) => assert!((1..=fuzz::BOUNDS.pdf_pages).contains(&pages)),
        // five seconds were not enough for a few kilobytes
        Err(refusal) => assert_ne!(refusal.code, "pdf_too_complex"),
    }
});
