//! One line per request, and nothing personal in it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use poem::test::TestClient;

use super::{app, settings};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_line_tells_the_route_and_not_the_path() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let client = TestClient::new(app(&settings()));
    client
        .get("/api/v1/cards/17735162829?phone=17735162829&token=hunter2")
        .header("authorization", "Bearer hunter2")
        .header("x-request-id", "forged id\tINFO all is well")
        .send()
        .await;
    client.get("/api/v1/%0aINFO%20forged").send().await;
    let text = String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("text");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.contains(r#"route="/api/v1/cards/{}""#) && text.contains("status=404"),
        "{text}"
    );
    for secret in ["17735162829", "hunter2", "forged", "all is well"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
