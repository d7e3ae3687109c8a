//! Whether the database and the store that the settings name belong together, and what for.
//!
//! The sweeper removes what no row mentions, so under the wrong database it would remove everything; and the demo's officers
//! have a password that everybody knows.

use std::time::Duration;

use entity::installation::Model;

use crate::clock::new_id;
use crate::db::{installations, objects, officers};
use crate::error::Error;
use crate::security::password;
use crate::state::Shared;
use crate::{demo, packs};

/// Objects that are looked for in a store that bears no mark.
const SAMPLE: u64 = 20;
/// Between the mark in the store and the row that names it, on a slow disk.
const A_ROW_COMES: Duration = Duration::from_secs(2);

/// Why this database and this store are not to be used as asked; for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error(
        "setting database.url: holds the demo, whose officers have a password that everybody knows; name another database"
    )]
    Demo,
    #[error(
        "setting database.url: is in use, and the demo would add officers with a password that everybody knows; name another database"
    )]
    NoDemo,
    #[error(
        "settings database.url and files: the files stored there are not those of this database; name the right ones. Files that are lost and not coming back: tuixuan files adopt"
    )]
    OtherFiles,
    #[error(
        "of {seen} files no row mentions {lost}, which is not removed unasked: is this the database they were stored for? If so: tuixuan files sweep --all"
    )]
    Lost { seen: usize, lost: usize },
    #[error(transparent)]
    Broken(#[from] Error),
}

/// Who wants to use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Serving,
    Demo,
    /// Whatever they are for: the sweeper.
    Either,
}

/// Refuses a database that serves something else, and a store of another database. The first look marks an empty store, or one
/// that holds what rows mention.
pub async fn check(app: &Shared, for_what: Use) -> Result<(), Unfit> {
    let row = match found(app).await? {
        Some(row) => row,
        None => begin(app, for_what).await?,
    };
    check_use(row.demo, for_what)?;
    match app.files.exists(&row.marker_sha256).await? {
        true => Ok(()),
        false => Err(Unfit::OtherFiles),
    }
}

/// Takes the store for this database's, whatever it holds.
pub async fn adopt(app: &Shared) -> Result<(), Unfit> {
    let demo = match found(app).await? {
        Some(row) => row.demo,
        None => is_demo(app).await?,
    };
    let row = marked(app, demo).await?;
    app.db
        .write(move |tx| Box::pin(async move { installations::replace(tx, row).await }))
        .await?;
    Ok(())
}

async fn found(app: &Shared) -> Result<Option<Model>, Unfit> {
    Ok(installations::get(app.db.read()).await?)
}

fn check_use(demo: bool, for_what: Use) -> Result<(), Unfit> {
    match for_what {
        Use::Serving if demo => Err(Unfit::Demo),
        Use::Demo if !demo => Err(Unfit::NoDemo),
        _ => Ok(()),
    }
}

async fn begin(app: &Shared, for_what: Use) -> Result<Model, Unfit> {
    let used = officers::any(app.db.read()).await?;
    let demo = match used {
        // of the time before there was a row
        true => is_demo(app).await?,
        false => for_what == Use::Demo,
    };
    check_use(demo, for_what)?;
    if !is_ours(app).await? {
        // or it bears the mark of another process, started at the same time, whose row is on its way
        tokio::time::sleep(A_ROW_COMES).await;
        return found(app).await?.ok_or(Unfit::OtherFiles);
    }
    let row = marked(app, demo).await?;
    app.db
        .write(move |tx| Box::pin(async move { installations::add(tx, row).await }))
        .await?;
    // another process may have been faster
    let row = found(app).await?;
    row.ok_or_else(|| Error::Bug("the installation has no row".into()).into())
}

async fn is_demo(app: &Shared) -> Result<bool, Unfit> {
    for pack in packs::ALL {
        let login = demo::organiser(pack.key);
        let officer = officers::by_login(app.db.read(), &login).await?;
        let Some(officer) = officer else { continue };
        if password::verify(demo::PASSWORD.into(), Some(officer.password_hash)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_ours(app: &Shared) -> Result<bool, Unfit> {
    let mentioned = objects::page(app.db.read(), "", SAMPLE).await?;
    for sha256 in &mentioned {
        if app.files.exists(sha256).await? {
            return Ok(true);
        }
    }
    Ok(mentioned.is_empty() && app.files.is_empty().await?)
}

/// A row with its mark in the store.
async fn marked(app: &Shared, demo: bool) -> Result<Model, Unfit> {
    let mark = format!(
        "tuixuan installation {}: looked for before any file here is removed\n",
        new_id()
    );
    Ok(Model {
        id: 1,
        demo,
        marker_sha256: app.files.put(mark.as_bytes()).await?,
        made_at: app.now(),
    })
}
