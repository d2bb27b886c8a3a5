//! A peer that takes a request and then does not answer in HTTP: it breaks the connection, or says something else.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the peer does with a request it has read.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Breaks the connection off with a TCP reset.
    Reset,
    /// Closes the connection without a word.
    Close,
    /// Says this and closes.
    Say(&'static [u8]),
}

/// A listening peer; it stops when it is dropped.
pub struct FaultyPeer {
    address: SocketAddr,
    requests: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl FaultyPeer {
    /// Does the same to every request.
    pub async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (counter, requests) = watch::channel(0);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // What the client makes of it is what the tests look at.
                let _result = wrong(stream, fault).await;
                counter.send_modify(|count| *count += 1);
            }
        });
        Self { address, requests, task }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Requests it was sent by now.
    pub fn count(&self) -> usize {
        *self.requests.borrow()
    }
}

impl Drop for FaultyPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads until the body's last byte, which in these tests is a closing brace, and goes wrong.
async fn wrong(mut stream: TcpStream, fault: Fault) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    match fault {
        Fault::Reset => stream.set_zero_linger(),
        Fault::Close => stream.shutdown().await,
        Fault::Say(words) => {
            stream.write_all(words).await?;
            stream.shutdown().await
        }
    }
}

/// The address of a port on which nobody listens.
pub async fn deserted_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("a bound socket has an address")
}
