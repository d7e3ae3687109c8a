//! Pictures: any bytes are answered, and what is taken can be shown, small and upright.
#![no_main]

use libfuzzer_sys::fuzz_target;
use media::picture;

fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = picture::examine(bytes, &fuzz::BOUNDS) else {
        let _refused = media::seal::clean(bytes);
        return;
    };
    let (width, height) = found.size;
    assert!(u64::from(width) * u64::from(height) <= fuzz::BOUNDS.picture_pixels);
    let edge = picture::THUMBNAIL_EDGE;
    let copy = picture::display_copy(bytes, edge, &fuzz::BOUNDS).expect("what is taken is shown");
    let shown = picture::examine(&copy, &fuzz::BOUNDS).expect("a copy is a picture");
    assert!(shown.media_type == "image/jpeg" && shown.size.0.max(shown.size.1) <= edge);
    if found.animated {
        let still = picture::still(bytes, &fuzz::BOUNDS).expect("what moves has a first frame");
        let still = picture::examine(&still, &fuzz::BOUNDS).expect("a still is a picture");
        assert!(!still.animated);
    }
});
