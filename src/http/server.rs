//! The accept loop. poem's own server sets no timer on heads and has no bound on a half-sent
//! request at shutdown, so connections are served here. HTTP/1.1 only: TLS and HTTP/2 end at the
//! reverse proxy.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use poem::endpoint::{DynEndpoint, ToDynEndpoint};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::health::Readiness;
use crate::config;

type App = Arc<dyn DynEndpoint<Output = Response>>;

/// What the accept loop must know.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// A head must be complete in this time; a connection may be idle as long.
    pub head_timeout: Duration,
    /// Connections served at once.
    pub connections: usize,
    /// Time for requests under way when stopping.
    pub stop: Duration,
}

impl From<&config::Server> for ServerSettings {
    fn from(server: &config::Server) -> ServerSettings {
        ServerSettings {
            head_timeout: Duration::from_millis(server.head_ms),
            connections: server.connections,
            stop: Duration::from_secs(server.stop_seconds),
        }
    }
}

const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Serves until `stop` resolves; then turns readiness red, takes no new connection, and waits for
/// requests under way no longer than the settings say. Returns whether all were finished.
pub async fn serve<E>(
    listener: TcpListener,
    app: E,
    settings: ServerSettings,
    readiness: Readiness,
    stop: impl Future<Output = ()>,
) -> bool
where
    E: Endpoint<Output = Response> + 'static,
{
    let app: App = Arc::new(ToDynEndpoint(app));
    let slots = Arc::new(Semaphore::new(settings.connections));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, remote, slot)) = accepted else {
            continue;
        };
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        // small answers should not wait for more
        let _best_effort = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(settings.head_timeout)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service(app.clone(), local, remote));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // errors here are the peer's: cut lines, garbage, silence
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended badly");
            }
            drop(slot);
        });
    }
    readiness.stop();
    drop(listener);
    tracing::info!(open = graceful.count(), "stopping");
    let finished = tokio::time::timeout(settings.stop, graceful.shutdown()).await;
    finished.is_ok()
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, remote)) => Some((stream, remote, slot)),
        Err(error) => {
            // out of file handles, most likely; trying at once would only spin
            tracing::warn!(%error, "cannot accept");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

fn service(
    app: App,
    local: SocketAddr,
    remote: SocketAddr,
) -> impl hyper::service::Service<
    hyper::Request<hyper::body::Incoming>,
    Response = hyper::Response<impl hyper::body::Body<Data = bytes::Bytes, Error = std::io::Error>>,
    Error = Infallible,
    Future = impl Future + Send,
> {
    hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let request: Request = (
                request,
                LocalAddr(local.into()),
                RemoteAddr(remote.into()),
                Scheme::HTTP,
            )
                .into();
            let response = app.get_response(request).await;
            Ok::<_, Infallible>(response.into())
        }
    })
}

/// Resolves when the process is asked to stop: SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGTERM");
            let _interrupted = interrupted.await;
        }
    }
}
