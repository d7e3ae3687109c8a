//! Films: any bytes are answered, with little read and nothing large set aside.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let length = bytes.len() as u64;
    if let Ok(facts) = media::film(&mut Cursor::new(bytes), length, &fuzz::BOUNDS) {
        let video = facts.video.expect("a video");
        assert!(video.codec.len() == 4 && video.codec.is_ascii());
        assert_eq!(facts.length, length);
    }
});
