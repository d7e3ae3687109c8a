//! What the targets have in common.

use media::Bounds;

/// Smaller than the service's, so that a minute sees many inputs.
pub const BOUNDS: Bounds = Bounds {
    picture_bytes: 1 << 20,
    picture_pixels: 1 << 20,
    pdf_bytes: 1 << 20,
    pdf_pages: 200,
    video_bytes: 1 << 20,
};
