//! What every request shares; built by `main` and by tests.

use std::sync::Arc;

use crate::app::typesetting::Typesetter;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::files::Files;
use crate::poster::Posters;
use crate::sealing_service::SealingService;
use crate::security::keyring::Keyring;
use crate::security::sealed::Sealing;
use crate::sms::Sms;
use crate::timestamp_service::TimestampServices;
use crate::virus_scanner::VirusScanner;
use crate::wechat::WeChat;
use crate::wechat::push::PushKeys;
use crate::wechat::template::Template;

/// The application.
pub struct App {
    pub db: Db,
    pub files: Files,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    pub sealing: Sealing,
    pub token_key: Keyring,
    pub index_key: [u8; 32],
    pub wechat: WeChat,
    /// For what WeChat pushes here, where that is used.
    pub push_keys: Option<PushKeys>,
    /// Templates of subscribe messages; none: no messages are sent.
    pub templates: Vec<Template>,
    pub sms: Sms,
    /// Keeps agencies' keys outside, where there is one.
    pub sealing_service: Option<SealingService>,
    /// Roots of certificates that agencies bring along, DER.
    pub seal_roots: Vec<Vec<u8>>,
    /// Attest the time of stamps, where there are any.
    pub timestamp_services: TimestampServices,
    /// Roots of authorities that attest the time, DER.
    pub timestamp_roots: Vec<Vec<u8>>,
    /// Looks for viruses in files, where there is one.
    pub virus_scanner: Option<VirusScanner>,
    pub notices: crate::app::campaigns::NoticeCache,
    pub campaigns: crate::app::campaigns::CampaignCache,
    pub typesetter: Typesetter,
    pub blank_forms: crate::app::blank_forms::BlankForms,
    /// Draws frames of videos, where there is a tool.
    pub posters: Posters,
    /// Lists of withdrawn certificates, as last signed.
    pub lists: crate::app::keys::Lists,
}

/// Shared by every request.
pub type Shared = Arc<App>;

impl App {
    /// Opens database and files; the schema must be up to date.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Shared> {
        let unusable = |fault: crate::config::Fault| Error::Bug(fault.to_string());
        settings.notices.check().map_err(unusable)?;
        settings.wechat.check_features().map_err(unusable)?;
        let timestamp_roots = settings.seals.read_timestamp_roots().map_err(unusable)?;
        Ok(Arc::new(App {
            db: Db::open(&settings.database.url).await?,
            files: Files::of(&settings, settings.files.store).await?,
            sealing: Sealing::new(settings.secrets.sealing_keys().map_err(unusable)?),
            token_key: settings.secrets.token_keys().map_err(unusable)?,
            index_key: Settings::key("secrets.index", &settings.secrets.index).map_err(unusable)?,
            wechat: WeChat::new(&settings.wechat)?,
            push_keys: settings.wechat.push_keys().map_err(unusable)?,
            templates: settings.wechat.read_templates().map_err(unusable)?,
            sms: Sms::new(&settings.sms)?,
            sealing_service: SealingService::new(&settings.seals)?,
            seal_roots: settings.seals.read_roots().map_err(unusable)?,
            timestamp_services: TimestampServices::new(&settings.seals, &timestamp_roots)?,
            timestamp_roots,
            virus_scanner: VirusScanner::new(&settings.virus_scanner),
            notices: Default::default(),
            campaigns: Default::default(),
            typesetter: Typesetter::new(&settings),
            blank_forms: Default::default(),
            posters: Posters::new(&settings.videos),
            lists: Default::default(),
            clock,
            settings,
        }))
    }

    /// Now, in epoch milliseconds, by the server's clock.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}
