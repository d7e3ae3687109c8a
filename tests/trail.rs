//! The chain of events finds what was done to it.

use entity::event;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Database, EntityTrait, ExprTrait, QueryFilter};
use tuixuan::app::campaigns;
use tuixuan::db::events::{Verdict, verify};

use crate::support::{IN_BOZHOU_WINDOW, TestApp};

#[tokio::test]
async fn a_changed_row_and_a_missing_row_are_named() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let token = t.applicant("a").await;
    t.ready_draft(
        &token,
        &t.bozhou_input("谯城发布").await,
        "bozhou-2022",
        &["pictures", "pictures"],
    )
    .await;
    let id = campaigns::by_slug(&t.app, "bozhou-2022")
        .await
        .unwrap()
        .head
        .id;
    assert!(matches!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Whole { count: 4, .. }
    ));

    let insider = Database::connect(&t.app.settings.database.url)
        .await
        .unwrap();
    let row = |seq: i64| {
        event::Column::CampaignId
            .eq(&id)
            .and(event::Column::Seq.eq(seq))
    };
    event::Entity::update_many()
        .col_expr(event::Column::ActorId, Expr::value("somebody else"))
        .filter(row(2))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 2,
            what: "changed"
        }
    );
    event::Entity::delete_many()
        .filter(row(2))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 2,
            what: "missing"
        }
    );
}

#[tokio::test]
async fn rows_cut_off_at_the_end_are_missed() {
    let t = TestApp::start(IN_BOZHOU_WINDOW).await;
    t.campaign("bozhou-2022").await;
    let id = campaigns::by_slug(&t.app, "bozhou-2022")
        .await
        .unwrap()
        .head
        .id;
    let insider = Database::connect(&t.app.settings.database.url)
        .await
        .unwrap();
    event::Entity::delete_many()
        .filter(event::Column::CampaignId.eq(&id))
        .exec(&insider)
        .await
        .unwrap();
    assert_eq!(
        verify(t.app.db.read(), &id).await.unwrap(),
        Verdict::Broken {
            seq: 1,
            what: "missing"
        }
    );
}
