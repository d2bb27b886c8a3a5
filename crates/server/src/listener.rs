//! Takes callers' connections and serves them, until told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A caller must send a request's head within this time; idle connections are closed after it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// After a failed accept (no file left), the next one waits this long.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A listener at work.
pub(crate) struct Listening {
    stop: oneshot::Sender<()>,
    task: JoinHandle<GracefulShutdown>,
}

impl Listening {
    /// Serves `router` on `listener`.
    pub(crate) fn start(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(accept(listener, router, stopped)) }
    }

    /// Takes no more connections, and lets requests under way end for at most `bound`.
    pub(crate) async fn stop(self, bound: Duration) {
        // A listener that is gone already needs no telling.
        let _ = self.stop.send(());
        if let Ok(connections) = self.task.await
            && tokio::time::timeout(bound, connections.shutdown()).await.is_err()
        {
            tracing::warn!("some callers' requests did not end in time and were cut");
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    mut stopped: oneshot::Receiver<()>,
) -> GracefulShutdown {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => return connections,
        };
        match accepted {
            Ok((stream, peer)) => serve(stream, peer, &router, &connections),
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection; trying again");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

fn serve(stream: TcpStream, peer: SocketAddr, router: &Router, connections: &GracefulShutdown) {
    // Answers are small and wanted at once; without it they may wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let routes = TowerToHyperService::new(router.clone());
    // Failed attempts to call are counted by where they come from.
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        // A caller that hangs up or speaks no HTTP is its own affair.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}
