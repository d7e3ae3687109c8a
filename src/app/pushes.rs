//! What WeChat pushes here: each message is taken once.

use super::content_checks;
use crate::db::single_uses;
use crate::error::Result;
use crate::state::Shared;
use crate::wechat::push::Pushed;

/// Takes a message; one that was taken before, or that nobody here waits for, changes nothing.
pub async fn take(app: &Shared, pushed: Pushed) -> Result<()> {
    let now = app.now();
    app.db
        .write(move |tx| {
            Box::pin(async move {
                if !single_uses::take(tx, &format!("push\n{}", pushed.text), now).await? {
                    return Ok(());
                }
                match pushed.get("Event") {
                    Some(content_checks::EVENT) => content_checks::answered(tx, &pushed, now).await,
                    _ => Ok(()),
                }
            })
        })
        .await
}
