//! Uploads: the very type that takes a file and its slot out of a request, under a body, a boundary and a file's name that
//! anybody may send. The first line is the boundary, the rest the body.
#![no_main]

use std::sync::OnceLock;

use domain::evidence::file_name::{cleaned, named};
use libfuzzer_sys::fuzz_target;
use poem::Request;
use poem_openapi::ApiExtractor;
use tokio::runtime::{Builder, Runtime};

#[path = "../../src/http/applicant/evidence_input.rs"]
mod evidence_input;

use evidence_input::EvidenceInput;

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(1).build().expect("a runtime"))
}

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let Ok(boundary) = std::str::from_utf8(&bytes[..end]) else {
        return;
    };
    let kind = format!("multipart/form-data; boundary={boundary}");
    let Ok(kind) = kind.parse::<poem::http::HeaderValue>() else {
        return;
    };
    let body = bytes.get(end + 1..).unwrap_or_default().to_vec();
    let sent = body.len();
    let request = Request::builder().header("content-type", kind).body(body);
    runtime().block_on(async {
        let (request, mut body) = request.split();
        let input = <EvidenceInput as ApiExtractor>::from_request(&request, &mut body, Default::default()).await;
        let Ok(input) = input else {
            return;
        };
        let name = cleaned(input.file.file_name().unwrap_or_default());
        let name = named(&name, "image/png");
        assert!(!name.contains(['/', '\\', '\0', '\n']) && name.to_lowercase().ends_with(".png"));
        assert!(name.chars().count() <= 100);
        let file = input.file.into_vec().await.expect("what was kept is read");
        assert!(file.len() + input.slot.len() <= sent);
        let _verdict = media::look(&file, &fuzz::BOUNDS);
    });
});
