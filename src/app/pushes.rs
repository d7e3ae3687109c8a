//! What WeChat pushes here: each message is taken once.

use crate::db::push_receipts;
use crate::error::Result;
use crate::security::sha256_hex;
use crate::state::Shared;
use crate::wechat::push::Pushed;

/// Takes a message; one that was taken before, or that nobody here waits for, changes nothing.
pub async fn take(app: &Shared, pushed: Pushed) -> Result<()> {
    let (message, now) = (sha256_hex(pushed.text.as_bytes()), app.now());
    app.db
        .write(move |tx| {
            Box::pin(async move { push_receipts::take(tx, &message, now).await.map(drop) })
        })
        .await
}
