//! Documents: bytes in, bytes out. A form is rendered once, with an empty signature field for every
//! box (盖章处); each stamp then fills one field by an incremental update, so that all earlier bytes
//! and signatures stay valid.
//!
//! | 中文 | here | 中文 | here |
//! |---|---|---|---|
//! | 申报表（模板、成品） | [`render::Renderer`], [`render::Rendered`] | 盖章处 | [`render::SlotBox`] |
//! | 回执、补正通知、清单、公示、证书、奖牌 | [`papers`] | | |
//! | 印章（图样） | [`seal::SealFace`], [`seal::SealArt`] | 盖章 | [`stamp::stamp`] |
//! | 意见、签批人、日期 | [`stamp::Stamping`] | 用章（密钥） | [`stamp::Sealer`] |
//! | 根证书、单位证书 | [`authority::KeyPair`] | 验章 | [`verify::verify`] |
//! | 国密（SM2、SM3） | [`algorithm::Suite`] | 时间戳 | [`timestamp::TimeAuthority`] |
//! | 吊销列表 | [`crl::issue`], [`verify::Known`] | 随附的证书与吊销列表 | [`stamp::Proofs`] |
//! | 盖章扫描件 | [`scan::read`], [`scan::Look`] | | |
//!
//! Nothing here knows a database, a clock or the network. Calls take milliseconds of CPU and belong on a
//! blocking thread.

pub mod algorithm;
pub mod authority;
mod changes;
mod civil;
pub mod crl;
mod der;
pub mod fonts;
mod increment;
mod kept;
mod key;
mod opinion;
mod outline;
pub mod papers;
pub mod pkcs12;
mod prepare;
pub mod render;
mod revisions;
pub mod scan;
pub mod seal;
mod signed_data;
pub mod stamp;
pub mod timestamp;
mod trust;
pub mod verify;
mod withdrawal;
