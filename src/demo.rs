//! The demo: the real code path on embedded defaults. Only the outside services differ, and it says so.

use std::net::SocketAddr;
use std::sync::Arc;

use domain::actor::Role;
use domain::notice::{Notice, Stage, StageAct};

use crate::app::campaigns::{self, NewCampaign};
use crate::app::officers::{self, NewOfficer};
use crate::clock::SystemClock;
use crate::config::{MessageTemplate, Secret, Settings, WeChat};
use crate::db::{self, events::By};
use crate::error::{Error, Result};
use crate::packs;
use crate::security::random_code;
use crate::state::Shared;
use crate::wechat::stand_in::{self, pushing::Pushing};
use crate::wechat::template::Occasion;

/// Password of every officer of the demo, which everybody knows: `serve` refuses a database that has it.
pub const PASSWORD: &str = "Demo-2026-tuixuan";

/// Login of a pack's organiser.
#[must_use]
pub fn organiser(pack: &str) -> String {
    format!("{pack}.{}", Role::Organiser.as_str())
}

/// A sign-in that the demo prints.
pub struct SignIn {
    pub login: String,
    pub who: String,
}

/// Settings of the demo: a stand-in for WeChat on a free port with every feature on, unless the settings name another
/// server in WeChat's place or none; everything else as set.
pub async fn settings(mut settings: Settings) -> Result<Settings> {
    if settings.wechat.base_url != WeChat::default().base_url {
        return Ok(settings);
    }
    let (url, memory) = stand_in::start().await?;
    let pushing = Pushing {
        url: format!("{}/wechat/push", settings.server.public_url),
        token: random_code(20),
        key: random_code(32) + &random_code(11),
        app_id: "demo".into(),
    };
    settings.wechat = WeChat {
        app_id: pushing.app_id.clone(),
        app_secret: Secret("demo".into()),
        push_token: Secret(pushing.token.clone()),
        push_key: Secret(pushing.key.clone()),
        check_content: true,
        entry_page: "pages/entry/index".into(),
        message_page: "pages/entry/index".into(),
        account_app_id: "demo-account".into(),
        account_app_secret: Secret("demo".into()),
        account_authorize_url: format!("{url}/connect/oauth2/authorize"),
        base_url: url,
        templates: templates(),
        ..settings.wechat
    };
    memory.push_to(pushing, Arc::new(SystemClock));
    Ok(settings)
}

/// One template for slips, one for results.
fn templates() -> Vec<MessageTemplate> {
    let template = |id: &str, occasions: &[Occasion], fields: &[(&str, &str)]| MessageTemplate {
        id: id.into(),
        occasions: occasions.to_vec(),
        fields: (fields.iter())
            .map(|(name, fact)| ((*name).into(), (*fact).into()))
            .collect(),
        lasting: false,
    };
    use Occasion as O;
    vec![
        template(
            "demo-slip",
            &[O::Returned, O::ReturnDue],
            &[("thing1", "entry"), ("phrase2", "result"), ("time3", "due")],
        ),
        template(
            "demo-result",
            &[
                O::StepPassed,
                O::Endorsed,
                O::Declined,
                O::CertificateIssued,
            ],
            &[("thing1", "entry"), ("phrase2", "result"), ("time3", "at")],
        ),
    ]
}

/// Loads the packs and one officer per agency; what is there already stays. Windows are opened around now.
pub async fn seed(app: &Shared) -> Result<Vec<SignIn>> {
    let by = By::system(app.now());
    let mut sign_ins = Vec::new();
    for pack in packs::ALL {
        let notice =
            Notice::parse(pack.notice).map_err(|e| Error::Bug(format!("{}: {e}", pack.key)))?;
        if db::campaigns::by_slug(app.db.read(), pack.key)
            .await?
            .is_none()
        {
            let new = NewCampaign {
                slug: pack.key.to_owned(),
                notice: notice.clone(),
                templates: pack.templates(),
                attachments: pack.attached(),
            };
            campaigns::create_whole(app, &by, new).await?;
            open_windows(app, &by, pack.key).await?;
        }
        sign_ins.extend(officers_of(app, &by, pack.key, &notice).await?);
    }
    Ok(sign_ins)
}

const DAY: i64 = 24 * 3_600_000;

/// The notices' own dates are past; the demo opens applying, nominating and reviewing for a month.
pub async fn open_windows(app: &Shared, by: &By, slug: &str) -> Result<()> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let early = |s: &Stage| {
        s.act
            .iter()
            .any(|a| matches!(a, StageAct::Apply | StageAct::Nominate | StageAct::Review))
    };
    let closes = by.at + 30 * DAY;
    let holds =
        |key: &str| (campaign.notice.stage.iter()).any(|s| s.within.as_deref() == Some(key));
    let mut stages: Vec<_> = (campaign.stages())
        .filter(|(stage, _)| early(stage) || holds(&stage.key))
        .collect();
    // no level may outlast the one above it on the way: those that come forward go from below, those that are put off from above
    stages.sort_by_key(|(stage, window)| {
        let depth = depth(&campaign.notice, stage);
        match window.closes > closes {
            true => (0, window.closes, -depth),
            false => (1, -window.closes, depth),
        }
    });
    for (stage, _) in stages {
        campaigns::move_window(
            app,
            by,
            &campaign,
            &stage.key,
            by.at - DAY,
            closes,
            "演示环境：以今天为准开放".into(),
        )
        .await?;
    }
    Ok(())
}

/// Levels above a stage.
fn depth(notice: &Notice, stage: &Stage) -> i64 {
    let mut above = stage.within.as_ref();
    let mut depth = 0;
    // a notice in order has no circle
    while let Some(key) = above {
        depth += 1;
        let found = notice.stage.iter().find(|s| s.key == *key);
        above = found.and_then(|s| s.within.as_ref());
    }
    depth
}

async fn officers_of(app: &Shared, by: &By, slug: &str, notice: &Notice) -> Result<Vec<SignIn>> {
    let campaign = campaigns::by_slug(app, slug).await?;
    let agencies = campaigns::agencies(app, &campaign).await?;
    let mut sign_ins = Vec::new();
    for seed in &notice.agency {
        let Some(agency) = agencies.iter().find(|a| a.name == seed.name) else {
            continue;
        };
        let working = vec![Role::Clerk, Role::Reviewer, Role::SealKeeper];
        sign_ins.push(
            add(
                app,
                by,
                &agency.id,
                &format!("{slug}.{}", seed.key),
                &seed.name,
                working,
            )
            .await?,
        );
        if seed.parent.is_none() {
            for role in [Role::Organiser, Role::Auditor] {
                sign_ins.push(
                    add(
                        app,
                        by,
                        &agency.id,
                        &format!("{slug}.{}", role.as_str()),
                        &seed.name,
                        vec![role],
                    )
                    .await?,
                );
            }
        }
    }
    Ok(sign_ins)
}

async fn add(
    app: &Shared,
    by: &By,
    agency: &str,
    login: &str,
    name: &str,
    roles: Vec<Role>,
) -> Result<SignIn> {
    let login: String = login.chars().take(60).collect();
    let words: Vec<&str> = roles.iter().map(|r| r.as_str()).collect();
    let who = format!("{name} ({})", words.join(", "));
    if db::officers::by_login(app.db.read(), &login)
        .await?
        .is_none()
    {
        let new = NewOfficer {
            agency_id: agency.to_owned(),
            login: login.clone(),
            name: "演示".into(),
            roles,
            password: PASSWORD.into(),
            must_change: false,
        };
        officers::add(app, by, new).await?;
    }
    Ok(SignIn { login, who })
}

/// Says where everything is; `played` when WeChat is. Addresses come last, since a terminal shows the end.
pub fn greet(address: SocketAddr, sign_ins: &[SignIn], played: bool) {
    say!("Officers (password of all: {PASSWORD}):");
    for sign_in in sign_ins {
        say!("  {:<40} {}", sign_in.login, sign_in.who);
    }
    say!("tuixuan demo: http://{address}");
    if web::asset("index.html").is_some() {
        say!("  page        http://{address}/m/");
    } else {
        say!("  page        left out: make web (needs node 20 or newer), then start again");
    }
    say!("  applicants  http://{address}/api/v1        contract http://{address}/docs/applicant");
    say!("  officers    http://{address}/admin/api/v1  contract http://{address}/docs/admin");
    if played {
        say!(
            "Stand-ins: WeChat is played by this process (sign in with code login-NAME, bind a phone with"
        );
        say!(
            "phone-13800138000; web sign-in at /wechat/sign-in); it takes subscribe messages and judges what is handed in."
        );
    } else {
        say!("WeChat is what wechat.base_url names.");
    }
    say!("Codes to phones are written to this log; seals come from an embedded authority.");
}
