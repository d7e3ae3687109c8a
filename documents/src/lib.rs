//! Documents: bytes in, bytes out. A form is rendered once, with an empty signature field for every
//! box (盖章处); each stamp then fills one field by an incremental update, so that all earlier bytes
//! and signatures stay valid.

pub mod authority;
mod changes;
mod cms;
mod der;
pub mod fonts;
pub mod probe;
pub mod render;
pub mod seal;
pub mod stamp;
pub mod verify;
