//! The only file that uses sockets.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::http_exchange::{ConnectionDropped, ResponseBody, SandboxRequest};
use super::sandbox_world::{ResponseMode, SandboxWorld};

/// How long to wait when the machine has no socket left to accept with.
const BREATH: Duration = Duration::from_millis(10);

/// Accepts connections until `ended`, then ends all of them and waits until that is done.
pub(super) async fn serve(listener: TcpListener, world: Arc<Mutex<SandboxWorld>>, mut ended: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut ended => break,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => _ = connections.spawn(connection(stream, Arc::clone(&world))),
            Err(_) => tokio::time::sleep(BREATH).await,
        }
    }
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, world: Arc<Mutex<SandboxWorld>>) {
    // Small answers must not wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| answer(Arc::clone(&world), request));
    // An error is a client that went away, or a connection that was dropped on purpose.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Answers one request. Hyper closes the connection without a byte when this is an error, which is how one is dropped.
async fn answer(
    world: Arc<Mutex<SandboxWorld>>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<ResponseBody>, ConnectionDropped> {
    let request = SandboxRequest::read(request).await.ok_or(ConnectionDropped)?;
    let latency = super::lock(&world).behaviour.latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let ending = super::lock(&world).exchange(&request);
    match ending {
        ResponseMode::Answer(answer) => Ok(answer.whole()),
        ResponseMode::Cut(answer) => Ok(answer.cut()),
        ResponseMode::Drop => Err(ConnectionDropped),
        ResponseMode::Hang => pending().await,
    }
}
