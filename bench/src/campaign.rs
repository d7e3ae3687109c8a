//! The campaign that is measured: the three-tier pack, with places for everybody and a window that is open.

use domain::agency::Agency;
use domain::notice::Notice;
use tuixuan::app::campaigns;
use tuixuan::db::events::By;
use tuixuan::packs;
use tuixuan::state::Shared;

use crate::Outcome;

/// Its slug.
pub const SLUG: &str = "three-tier";

const DAY: i64 = 24 * 3_600_000;

/// Sets it up. Every rule of the pack holds; only the ceiling of places is out of reach, and boxes may stay
/// unstamped, so that an endorsement is one act.
pub async fn set_up(app: &Shared) -> Outcome<Vec<Agency>> {
    let pack = packs::find(SLUG).ok_or("no such pack")?;
    let mut notice = Notice::parse(pack.notice).map_err(|f| f.to_string())?;
    for quota in notice.quota.iter_mut().filter(|q| q.key == "county") {
        quota.max = 1_000_000_000;
    }
    for slot in notice.step.iter_mut().flat_map(|s| s.slot.iter_mut()) {
        slot.required = false;
    }
    let by = By::system(app.now());
    campaigns::create(app, &by, SLUG, notice, pack.template.to_owned()).await?;
    let campaign = campaigns::by_slug(app, SLUG).await?;
    for window in campaign.windows.iter() {
        let (opens, closes) = (by.at - DAY, by.at + 30 * DAY);
        let reason = "测量".to_owned();
        campaigns::move_window(app, &by, &campaign, &window.stage, opens, closes, reason).await?;
    }
    Ok(campaigns::agencies(app, &campaign).await?)
}
