//! Takes callers' connections and serves them, until told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::faces::Faces;

/// Most bytes of a request's head, and of a piece of a body that is read at once. What is longer is answered 431.
const READ_BYTES_MOST: usize = 64 * 1_024;
/// After a failed accept (no file left), the next one waits this long.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How much callers may ask of the listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenerSettings {
    /// Most connections open at a time; who comes after them waits to be taken.
    pub(crate) connections_most: usize,
    /// A caller must send a request's head within this time; idle connections are closed after it.
    pub(crate) head_timeout: Duration,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self { connections_most: 4_096, head_timeout: Duration::from_secs(75) }
    }
}

/// A listener at work.
pub(crate) struct Listening {
    stop: oneshot::Sender<()>,
    task: JoinHandle<GracefulShutdown>,
}

impl Listening {
    /// Serves both faces on `listener`.
    pub(crate) fn start(listener: TcpListener, faces: Faces, settings: ListenerSettings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let accepting = Accepting {
            listener,
            service: TowerToHyperService::new(faces),
            places: Arc::new(Semaphore::new(settings.connections_most)),
            head_timeout: settings.head_timeout,
        };
        Self { stop, task: tokio::spawn(accepting.run(stopped)) }
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

/// What taking connections needs.
struct Accepting {
    listener: TcpListener,
    service: TowerToHyperService<Faces>,
    places: Arc<Semaphore>,
    head_timeout: Duration,
}

/// A connection that was taken.
struct Taken {
    stream: TcpStream,
    peer: SocketAddr,
    place: OwnedSemaphorePermit,
}

impl Accepting {
    async fn run(self, mut stopped: oneshot::Receiver<()>) -> GracefulShutdown {
        let connections = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept() => accepted,
                _ = &mut stopped => return connections,
            };
            match accepted {
                Ok(taken) => self.serve(taken, &connections),
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection; trying again");
                    tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                }
            }
        }
    }

    /// Waits for a place, and then for somebody to take it. Who comes meanwhile waits in the system's own queue.
    async fn accept(&self) -> std::io::Result<Taken> {
        let place = self.places.clone().acquire_owned().await;
        let place = place.expect("nobody closes this semaphore");
        let (stream, peer) = self.listener.accept().await?;
        Ok(Taken { stream, peer, place })
    }

    fn serve(&self, taken: Taken, connections: &GracefulShutdown) {
        let Taken { stream, peer, place } = taken;
        // Answers are small and wanted at once; without it they may wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let routes = self.service.clone();
        // Failed attempts to call are counted by where they come from.
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_timeout)
            .max_buf_size(READ_BYTES_MOST)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A caller that hangs up or speaks no HTTP is its own affair.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn start(settings: ListenerSettings) -> (Listening, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let pages = Router::new().route("/", get(async || "here"));
        (Listening::start(listener, Faces { api: Router::new(), pages }, settings), address)
    }

    async fn ask(stream: &mut TcpStream) {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it is open");
    }

    async fn read_answer(stream: &mut TcpStream) -> String {
        let mut answer = Vec::new();
        while !answer.ends_with(b"here") {
            let read = stream.read_buf(&mut answer).await.expect("it is open");
            assert!(read > 0, "the connection ended");
        }
        String::from_utf8(answer).expect("text")
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_in_time_ends_the_connection() {
        let head_timeout = Duration::from_millis(50);
        let (listening, address) =
            start(ListenerSettings { head_timeout, ..ListenerSettings::default() }).await;
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.expect("it is open");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.expect("it is closed");
        assert!(!String::from_utf8_lossy(&rest).contains(" 200 "), "{rest:?}");
        listening.stop(Duration::from_secs(30)).await;
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_waits_for_one() {
        let (listening, address) =
            start(ListenerSettings { connections_most: 1, ..ListenerSettings::default() }).await;
        let mut first = TcpStream::connect(address).await.expect("it listens");
        ask(&mut first).await;
        assert!(read_answer(&mut first).await.contains(" 200 "));
        let mut second = TcpStream::connect(address).await.expect("the system takes it");
        ask(&mut second).await;
        // The first one goes on being served, and the second one has heard nothing by then.
        ask(&mut first).await;
        read_answer(&mut first).await;
        let heard = second.try_read(&mut [0; 1]).map_err(|error| error.kind());
        assert_eq!(heard, Err(std::io::ErrorKind::WouldBlock));
        drop(first);
        assert!(read_answer(&mut second).await.contains(" 200 "));
        listening.stop(Duration::from_secs(30)).await;
    }
}
