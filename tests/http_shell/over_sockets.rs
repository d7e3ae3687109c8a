//! What only shows on a real connection: slow heads, stalled bodies, lies about length, stopping.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tuixuan::config::Server;
use tuixuan::http::health::Readiness;
use tuixuan::http::server::{ServerSettings, serve};

use super::{app, settings};

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<bool>,
}

async fn start(server: Server) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(
        listener,
        app(&server),
        ServerSettings::from(&server),
        Readiness::always(),
        async move {
            let _ = stopped.await;
        },
    ));
    Running {
        address,
        stop,
        done,
    }
}

/// Sends, then reads until the server closes.
async fn talk(address: SocketAddr, text: impl AsRef<[u8]>) -> (String, Duration) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(text.as_ref()).await.expect("sent");
    (rest(&mut stream).await, started.elapsed())
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = timeout(Duration::from_secs(8), stream.read_to_end(&mut answer)).await;
    assert!(
        read.is_ok(),
        "still open: {}",
        String::from_utf8_lossy(&answer)
    );
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

const HEAD: &str = "POST /api/v1/cards HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
const UPLOAD: &str =
    "POST /upload HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\n";

#[tokio::test]
async fn silence_and_half_heads_are_cut() {
    let running = start(settings()).await;
    for head in ["", "GET /who HTT", "GET /who HTTP/1.1\r\nhost: a\r\n"] {
        let (_, took) = talk(running.address, head).await;
        assert!(
            took < Duration::from_secs(3),
            "{head:?} was open for {took:?}"
        );
    }
}

#[tokio::test]
async fn a_dripped_head_is_cut() {
    let running = start(settings()).await;
    let started = Instant::now();
    let mut stream = TcpStream::connect(running.address)
        .await
        .expect("connected");
    for byte in b"GET /who HTTP/1.1\r\nx-long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
        if stream.write_all(&[*byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(started.elapsed() < Duration::from_secs(4));
    let mut buffer = [0; 64];
    let end = timeout(Duration::from_secs(2), stream.read(&mut buffer)).await;
    assert!(end.is_ok(), "still open");
}

#[tokio::test]
async fn stalled_bodies_are_408() {
    let running = start(settings()).await;
    for head in [HEAD, UPLOAD] {
        let (answer, took) = talk(
            running.address,
            format!("{head}content-length: 500\r\n\r\n--b"),
        )
        .await;
        assert_eq!(status(&answer), "408", "{answer}");
        assert!(took < Duration::from_secs(3), "{took:?}");
    }
}

#[tokio::test]
async fn dripped_bodies_are_408() {
    let running = start(settings()).await;
    for head in [HEAD, UPLOAD] {
        let mut stream = TcpStream::connect(running.address)
            .await
            .expect("connected");
        let head = format!("{head}content-length: 100000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let (mut reading, mut writing) = stream.into_split();
        let dripping = tokio::spawn(async move {
            // each piece comes in time, all together they are far too slow
            while writing.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        let mut answer = vec![0; 4096];
        let read = timeout(Duration::from_secs(6), reading.read(&mut answer)).await;
        let length = read.expect("an answer in time").expect("an answer");
        assert_eq!(status(&String::from_utf8_lossy(&answer[..length])), "408");
        dripping.abort();
    }
}

#[tokio::test]
async fn a_hundred_gigabytes_declared_are_413_unread() {
    let running = start(settings()).await;
    for head in [HEAD, UPLOAD] {
        let (answer, took) = talk(
            running.address,
            format!("{head}content-length: 107374182400\r\n\r\n"),
        )
        .await;
        assert_eq!(status(&answer), "413", "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert!(took < Duration::from_secs(3));
    }
}

#[tokio::test]
async fn endless_chunks_are_413() {
    let running = start(settings()).await;
    for (head, opening) in [
        (HEAD, ""),
        (
            UPLOAD,
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n",
        ),
    ] {
        let mut stream = TcpStream::connect(running.address)
            .await
            .expect("connected");
        let head = format!("{head}transfer-encoding: chunked\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        if !opening.is_empty() {
            let chunk = format!("{:x}\r\n{opening}\r\n", opening.len());
            stream.write_all(chunk.as_bytes()).await.expect("sent");
        }
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        let (mut reading, mut writing) = stream.into_split();
        let sending = tokio::spawn(async move {
            let mut sent = 0_usize;
            while sent < 64 << 20 && writing.write_all(&chunk).await.is_ok() {
                sent += chunk.len();
            }
            sent
        });
        let mut answer = vec![0; 4096];
        let read = timeout(Duration::from_secs(6), reading.read(&mut answer)).await;
        let length = read.expect("an answer in time").unwrap_or(0);
        drop(reading);
        let sent = sending.await.expect("sent");
        // the limit is 1 MiB, the rest is what sockets hold
        assert!(sent < 16 << 20, "{sent} bytes were taken");
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(["413", "none"].contains(&status(&answer)), "{answer}");
    }
}

#[tokio::test]
async fn an_upload_within_the_limit_passes() {
    let running = start(settings()).await;
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"图.jpg\"\r\n\r\n{}\r\n--b--\r\n",
        "x".repeat(300_000)
    );
    let head = format!(
        "{UPLOAD}connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let (answer, _) = talk(running.address, head + &body).await;
    assert!(answer.ends_with("300000"), "{answer}");
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let running = start(settings()).await;
    let mut head = String::from("GET /who HTTP/1.1\r\nhost: a\r\n");
    for n in 0..200 {
        head.push_str(&format!("x-{n}: 1\r\n"));
    }
    let (answer, _) = talk(running.address, head + "\r\n").await;
    assert_eq!(status(&answer), "431");
}

#[tokio::test]
async fn a_forged_forwarded_for_is_worth_nothing() {
    let ask = "GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-forwarded-for: 6.6.6.6, 9.9.9.9\r\n\r\n";
    for (trusted_hops, seen) in [
        (0, "127.0.0.1"),
        (1, "9.9.9.9"),
        (2, "6.6.6.6"),
        (3, "127.0.0.1"),
    ] {
        let running = start(Server {
            trusted_hops,
            ..settings()
        })
        .await;
        let (answer, _) = talk(running.address, ask).await;
        assert!(answer.ends_with(seen), "{trusted_hops}: {answer}");
    }
}

#[tokio::test]
async fn many_silent_callers_keep_nobody_waiting() {
    let running = start(Server {
        head_ms: 5000,
        ..settings()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..500 {
        silent.push(
            TcpStream::connect(running.address)
                .await
                .expect("connected"),
        );
    }
    let live = "GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let (answer, took) = talk(running.address, live).await;
    assert_eq!(status(&answer), "200");
    // long before those are sent away
    assert!(took < Duration::from_millis(2500), "{took:?}");
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way() {
    let running = start(settings()).await;
    let ask = "GET /api/v1/slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(running.address)
        .await
        .expect("connected");
    stream.write_all(ask.as_bytes()).await.expect("sent");
    tokio::time::sleep(Duration::from_millis(200)).await;
    running.stop.send(()).expect("told to stop");
    assert_eq!(status(&rest(&mut stream).await), "200");
    assert!(
        running.done.await.expect("stopped"),
        "everything was finished"
    );
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nobody listens"
    );
}

#[tokio::test]
async fn stopping_does_not_wait_for_ever() {
    let running = start(Server {
        stop_seconds: 1,
        stall_ms: 60_000,
        ..settings()
    })
    .await;
    let mut stream = TcpStream::connect(running.address)
        .await
        .expect("connected");
    let half = format!("{HEAD}content-length: 100\r\n\r\n{{");
    stream.write_all(half.as_bytes()).await.expect("sent");
    tokio::time::sleep(Duration::from_millis(200)).await;
    running.stop.send(()).expect("told to stop");
    let done = timeout(Duration::from_secs(3), running.done).await;
    assert!(
        !done.expect("stopped in time").expect("stopped"),
        "one was cut"
    );
}
