//! Campaigns are remembered; what one process changes, every other sees at its next request.

use std::sync::Arc;

use domain::actor::Role;
use domain::notice::StageAct;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, Set};
use serde_json::json;
use tuixuan::app::campaigns;
use tuixuan::db::events::By;
use tuixuan::state::App;

use crate::support::{IN_BOZHOU_WINDOW, TestApp, json_of};

const SLUG: &str = "bozhou-2022";
const COUNTY: &str = "谯城区委网信办";

#[tokio::test]
async fn what_one_process_changes_another_sees_at_its_next_request() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    let other = App::open(t.app.settings.clone(), Arc::new(t.clock.clone()))
        .await
        .unwrap();
    let known = campaigns::by_slug(&other, SLUG).await.unwrap();
    assert!(known.is_open(StageAct::Apply, IN_BOZHOU_WINDOW));
    assert!(known.agencies.iter().any(|a| a.name == COUNTY));

    let (by, past) = (By::system(IN_BOZHOU_WINDOW), IN_BOZHOU_WINDOW - 1000);
    let stage = known.notice.stage.iter();
    let stage = stage.clone().find(|s| s.act.contains(&StageAct::Apply));
    let stage = &stage.unwrap().key;
    campaigns::move_window(&t.app, &by, &known, stage, past - 1, past, "演练".into())
        .await
        .unwrap();
    let seen = campaigns::by_slug(&other, SLUG).await.unwrap();
    assert!(!seen.is_open(StageAct::Apply, IN_BOZHOU_WINDOW));

    let city = t.agency(SLUG, "亳州市委网信办").await;
    let organiser = t.officer(&city, &[Role::Organiser]).await;
    let path = format!("/admin/api/v1/agencies/{}", t.agency(SLUG, COUNTY).await);
    let agency = json_of(t.get(&path, &organiser), 200).await;
    let renamed = json!({
        "name": "谯城区互联网信息办公室", "tier": agency["tier"], "system": agency["system"],
        "region": agency["region"], "parent_id": agency["parent_id"],
    });
    let put = t.put(&path, &organiser, &renamed);
    json_of(put.header("if-match", agency["version"].to_string()), 200).await;
    let seen = campaigns::by_slug(&other, SLUG).await.unwrap();
    let names = |c: &campaigns::Campaign, name: &str| c.agencies.iter().any(|a| a.name == name);
    assert!(names(&seen, "谯城区互联网信息办公室"));
    assert!(!names(&seen, COUNTY));
    other.db.close().await.unwrap();
}

#[tokio::test]
async fn the_list_tells_whether_applications_are_taken() {
    // 2022-05-23 00:00 and 2022-06-04 00:00 in Asia/Shanghai
    let (opens, closes) = (1_653_235_200_000_i64, 1_654_272_000_000_i64);
    let t = TestApp::start(opens - 1).await;
    t.campaign(SLUG).await;
    let at = [
        (opens - 1, "ahead"),
        (opens, "open"),
        (closes - 1, "open"),
        (closes, "over"),
    ];
    for (now, state) in at {
        t.clock.set(now);
        let list = json_of(t.get("/api/v1/campaigns", ""), 200).await;
        let expected = json!({ "opens": opens, "closes": closes, "state": state });
        assert_eq!(list[0]["applications"], expected);
    }
    let by = By::system(closes);
    let known = campaigns::by_slug(&t.app, SLUG).await.unwrap();
    let later = closes + 1000;
    campaigns::move_window(&t.app, &by, &known, "apply", opens, later, "延期".into())
        .await
        .unwrap();
    let list = json_of(t.get("/api/v1/campaigns", ""), 200).await;
    assert_eq!(list[0]["applications"]["closes"], later);
    assert_eq!(list[0]["applications"]["state"], "open");
}

#[tokio::test]
async fn one_that_cannot_be_read_keeps_nobody_from_the_others() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign(SLUG).await;
    t.campaign("shanxi-2024").await;
    let altered = t.app.db.write(|tx| {
        Box::pin(async move {
            let change = entity::campaign::ActiveModel {
                notice_json: Set("{}".into()),
                ..Default::default()
            };
            let of = entity::campaign::Column::Slug.eq(SLUG);
            let all = entity::campaign::Entity::update_many();
            Ok(all.set(change).filter(of).exec(tx).await?.rows_affected)
        })
    });
    assert_eq!(altered.await.unwrap(), 1);
    // another process, which has not read it before
    let other = App::open(t.app.settings.clone(), Arc::new(t.clock.clone()))
        .await
        .unwrap();
    let list = campaigns::list(&other, None, 50).await.unwrap();
    let told = list.iter().map(|(h, c)| (h.slug.as_str(), c.is_some()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(SLUG, false), ("shanxi-2024", true)]
    );
    other.db.close().await.unwrap();
}
