//! 小程序码 of an entry: scanned, it opens the entry in the mini-program for whoever may see it there.

use domain::refusal::Refusal;
use entity::entry;

use crate::error::Result;
use crate::state::App;
use crate::wechat::codes::Code;

/// The code of an entry; its scene is the id without hyphens, which are all that a scene has room for.
pub async fn of(app: &App, entry: &entry::Model) -> Result<Code> {
    let page = &app.settings.wechat.entry_page;
    if page.is_empty() {
        return Err(Refusal::new("entry_codes_off", "本站未开通小程序码").into());
    }
    app.wechat.code(&entry.id.replace('-', ""), page).await
}
