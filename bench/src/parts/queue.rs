//! The review queue at 10,000 and at a hundred times as many entries, asked in turn.

use std::time::{Duration, Instant};

use entity::duty;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use tuixuan::state::Shared;

use crate::load::percentile;
use crate::report::Report;
use crate::service::{Place, Service};
use crate::stock::{self, Stock, Stocked};
use crate::{Outcome, Run, campaign};

const FEW: u64 = 10_000;
const ROUNDS: usize = 250;

/// The filters of one list: of which tier's agency, and what is asked.
struct Kind {
    tier: &'static str,
    filters: &'static [(&'static str, &'static str)],
}

/// Each leaves at least a page in the second half of the smaller queue.
const KINDS: [Kind; 6] = [
    Kind {
        tier: "county",
        filters: &[("state", "open")],
    },
    Kind {
        tier: "county",
        filters: &[("state", "open"), ("step", "county"), ("category", "unit")],
    },
    Kind {
        tier: "county",
        filters: &[("state", "open"), ("flagged", "true"), ("late", "false")],
    },
    Kind {
        tier: "county",
        filters: &[("state", "done"), ("region", "REGION")],
    },
    Kind {
        tier: "city",
        filters: &[("state", "open"), ("region", "REGION")],
    },
    Kind {
        tier: "city",
        filters: &[
            ("state", "open"),
            ("step", "city"),
            ("category", "unit"),
            ("late", "false"),
        ],
    },
];

pub async fn run(run: &Run, report: &mut Report) -> Outcome {
    let (few, many) = (
        Place::both(run, "few").await?,
        Place::both(run, "many").await?,
    );
    for (few, many) in few.iter().zip(&many) {
        let few = Queue::set_up(run, few, FEW).await?;
        let many = Queue::set_up(run, many, run.many).await?;
        compare(run, report, &few, &many).await?;
        few.service.process.stop()?;
        many.service.process.stop()?;
    }
    Ok(())
}

/// A service with a queue, and the addresses that are asked for.
struct Queue {
    name: &'static str,
    service: Service,
    /// Token and address.
    pages: Vec<(String, String)>,
    client: reqwest::Client,
}

impl Queue {
    async fn set_up(run: &Run, place: &Place, entries: u64) -> Outcome<Queue> {
        let app = place.open().await?;
        let stock = Stock {
            entries,
            drafts: 0,
            characters: 300,
            whole: false,
        };
        let started = Instant::now();
        let stocked = stock::load(&app, stock).await?;
        println!(
            "{}: {entries} entries loaded in {:.0} s",
            place.name,
            started.elapsed().as_secs_f64()
        );
        let mut pages = Vec::new();
        for kind in &KINDS {
            for deep in [false, true] {
                pages.push(page(&app, &stocked, kind, deep).await?);
            }
        }
        app.db.close().await?;
        let service = place.start(run, "serve").await?;
        Ok(Queue {
            name: place.name,
            service,
            pages,
            client: reqwest::Client::new(),
        })
    }

    async fn ask(&self, at: usize) -> Outcome<Duration> {
        let (token, address) = &self.pages[at];
        let asked = Instant::now();
        let answer = self
            .client
            .get(format!("{}{address}", self.service.base))
            .bearer_auth(token)
            .send()
            .await?;
        let bytes = answer.error_for_status()?.bytes().await?;
        let took = asked.elapsed();
        let rows: Vec<Value> = serde_json::from_slice(&bytes)?;
        if rows.len() == 50 {
            Ok(took)
        } else {
            Err(format!("{} rows: {address}", rows.len()).into())
        }
    }
}

/// First page, or one from the middle of what the filters leave.
async fn page(
    app: &Shared,
    stocked: &Stocked,
    kind: &Kind,
    deep: bool,
) -> Outcome<(String, String)> {
    let of_tier = |a: &&domain::agency::Agency| a.tier.as_str() == kind.tier;
    // the last of its tier: its rows lie scattered among those of the others
    let agency = stocked.agencies.iter().rfind(of_tier).ok_or("no agency")?;
    let at = stocked
        .agencies
        .iter()
        .position(|a| a.id == agency.id)
        .ok_or("no agency")?;
    let region = stocked
        .agencies
        .iter()
        .rfind(|a| a.tier.as_str() == "county")
        .map(|a| a.region.clone());
    let region = region.ok_or("no county")?;
    let mut address = format!("/admin/api/v1/campaigns/{}/queue?limit=50", campaign::SLUG);
    let mut query = duty::Entity::find()
        .filter(duty::Column::AgencyId.eq(&agency.id))
        .filter(duty::Column::CampaignId.eq(&stocked.campaign));
    for (name, value) in kind.filters {
        let value = value.replace("REGION", &region);
        address += &format!("&{name}={value}");
        query = match *name {
            "state" => query.filter(duty::Column::State.eq(value)),
            "step" => query.filter(duty::Column::Step.eq(value)),
            "category" => query.filter(duty::Column::Category.eq(value)),
            "region" => query.filter(duty::Column::RegionCode.eq(value)),
            "late" => query.filter(duty::Column::Late.eq(value == "true")),
            _ => query.filter(duty::Column::Flagged.eq(value == "true")),
        };
    }
    if deep {
        let middle = query.clone().count(app.db.read()).await? / 2;
        let ids = query
            .select_only()
            .column(duty::Column::Id)
            .order_by_asc(duty::Column::Id);
        let after: Option<String> = ids.offset(middle).into_tuple().one(app.db.read()).await?;
        address += &format!("&after={}", after.ok_or("an empty queue")?);
    }
    Ok((stocked.reviewers[at].clone(), address))
}

async fn compare(run: &Run, report: &mut Report, few: &Queue, many: &Queue) -> Outcome {
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + 10 {
        for at in 0..few.pages.len() {
            let (one, other) = (few.ask(at).await?, many.ask(at).await?);
            // the first rounds warm both up
            if round >= 10 {
                of_few.push(one);
                of_many.push(other);
            }
        }
    }
    for (at, (_, address)) in few.pages.iter().enumerate() {
        let median = |times: &[Duration]| {
            let mut of_page: Vec<Duration> = times
                .iter()
                .skip(at)
                .step_by(few.pages.len())
                .copied()
                .collect();
            of_page.sort_unstable();
            percentile(&of_page, 50)
        };
        println!(
            "{}: {:.2} ms, {:.2} ms: {address}",
            few.name,
            median(&of_few),
            median(&of_many)
        );
    }
    of_few.sort_unstable();
    of_many.sort_unstable();
    let (low, high) = (percentile(&of_few, 99), percentile(&of_many, 99));
    let (mid_low, mid_high) = (percentile(&of_few, 50), percentile(&of_many, 50));
    let ratio = high / low;
    let what = format!(
        "queue page of 50, twelve kinds of page, p99 at {} entries beside {FEW}",
        run.many
    );
    let figure = format!(
        "{high:.2} ms beside {low:.2} ms: × {ratio:.2} (p50 {mid_high:.2} beside {mid_low:.2})"
    );
    let detail = json!({ "p99_ms_few": low, "p99_ms_many": high, "p50_ms_few": mid_low, "p50_ms_many": mid_high, "ratio": ratio, "requests": of_few.len() });
    report.add(
        "queue",
        &what,
        few.name,
        figure,
        Some(("≤ × 1.5", ratio <= 1.5)),
        detail,
    );
    Ok(())
}
