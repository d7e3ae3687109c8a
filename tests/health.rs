//! Liveness and readiness.

use poem::Route;
use poem::http::StatusCode;
use poem::test::TestClient;
use tuixuan::config::Limits;
use tuixuan::http::health::Readiness;
use tuixuan::http::shell::Shell;

async fn asked(readiness: &Readiness, path: &str) -> StatusCode {
    let shell = Shell::new(Route::new(), &Limits::default()).readiness(readiness.clone());
    TestClient::new(shell).get(path).send().await.0.status()
}

#[tokio::test]
async fn ready_follows_its_check_and_live_does_not() {
    let away = Readiness::new(|| async { false });
    assert_eq!(
        asked(&away, "/health/ready").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(asked(&away, "/health/live").await, StatusCode::OK);
    assert_eq!(
        asked(&Readiness::always(), "/health/ready").await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_check_that_hangs_is_a_no() {
    let hanging = Readiness::new(std::future::pending);
    assert_eq!(
        asked(&hanging, "/health/ready").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn stopping_is_red_at_once() {
    let readiness = Readiness::always();
    readiness.stop();
    assert_eq!(
        asked(&readiness, "/health/ready").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
}
