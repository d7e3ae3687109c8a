//! An upload as it comes. Alone in its file, because a fuzz target reads requests with it.

use poem_openapi::Multipart;
use poem_openapi::types::multipart::Upload as File;

/// A file and the slot it is for.
#[derive(Multipart)]
pub struct EvidenceInput {
    /// Key of the evidence slot.
    pub slot: String,
    /// Picture, PDF or short video; judged by its content. What is longer comes in parts, see `beginUpload`.
    pub file: File,
}
