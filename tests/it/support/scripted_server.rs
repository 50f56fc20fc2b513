//! A server on loopback that answers as a test decides, and records each request.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use roster::model::config::Config;
use roster::remote::Endpoints;
use roster::remote::crm::CrmWriter;
use roster::remote::pf::PfWriter;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

pub(crate) const CRM_TOKEN: &str = "/crm-token";
pub(crate) const PF_TOKEN: &str = "/pf/v1/auth/token";

pub(crate) type Body = BoxBody<Bytes, io::Error>;

/// A client for servers on loopback. It needs no proxy, and reads no store of certificates, which takes long.
pub(crate) fn loopback_client() -> reqwest::Client {
    // Whoever comes second finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tls_certs_only([]).no_proxy().build().unwrap()
}

/// One request as the server received it.
#[derive(Clone, Debug)]
pub(crate) struct SeenRequest {
    method: String,
    pub(crate) path: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
}

impl SeenRequest {
    async fn read(request: Request<Incoming>) -> Self {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let url = url::Url::parse(&format!("http://x{}", parts.uri)).unwrap();
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: url.query_pairs().into_owned().collect(),
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
            bytes: body,
        }
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// The page that it asks for, from 1.
    pub(crate) fn page(&self) -> usize {
        self.query("page").parse().unwrap()
    }

    pub(crate) fn is_token_call(&self) -> bool {
        [CRM_TOKEN, PF_TOKEN].contains(&self.path.as_str())
    }
}

/// The answer to a request.
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, Vec<(&'static str, String)>, String),
    /// The connection breaks before the answer is complete.
    Drop,
    /// There is never an answer.
    Hang,
    /// The answer waits for a permit.
    Gated(Arc<Semaphore>, Box<Reply>),
    /// A new token for a token call, 404 otherwise.
    Usual,
}

impl Reply {
    /// The status of a whole answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Json(status, _) | Self::Text(status, ..) => Some(*status),
            _ => None,
        }
    }

    async fn response(self, request: &SeenRequest, before: usize) -> Response<Body> {
        match self {
            Self::Json(status, body) => json_response(status, full(body.to_string())),
            Self::Text(status, headers, body) => {
                let response = Response::builder().status(status);
                let response = headers.iter().fold(response, |response, (name, value)| response.header(*name, value));
                response.body(full(body)).unwrap()
            }
            Self::Drop => {
                let broken = [Err::<Frame<Bytes>, _>(io::Error::other("dropped"))];
                json_response(200, StreamBody::new(futures_util::stream::iter(broken)).boxed())
            }
            Self::Hang => std::future::pending().await,
            Self::Gated(gate, reply) => {
                gate.acquire().await.unwrap().forget();
                Box::pin(reply.response(request, before)).await
            }
            Self::Usual => {
                let token = format!("token-{before}");
                let answer = match request.path.as_str() {
                    CRM_TOKEN => json!({"access_token": token, "token_type": "Bearer", "expires_in": 1800}),
                    PF_TOKEN => json!({"accessToken": token, "tokenType": "Bearer", "expiresIn": 1800}),
                    _ => return Response::builder().status(404).body(full("404 page not found".to_owned())).unwrap(),
                };
                json_response(200, full(answer.to_string()))
            }
        }
    }
}

pub(crate) fn ok(body: Value) -> Reply {
    Reply::Json(200, body)
}

pub(crate) fn html(status: u16, body: &str) -> Reply {
    Reply::Text(status, vec![("content-type", "text/html; charset=utf-8".to_owned())], body.to_owned())
}

pub(crate) fn full(text: String) -> Body {
    Full::from(text).map_err(|never: Infallible| match never {}).boxed()
}

fn json_response(status: u16, body: Body) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

pub(crate) struct ScriptedServer {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<SeenRequest>>>,
}

impl ScriptedServer {
    /// `answer` gets the request and the number of earlier ones with the same method and path.
    pub(crate) async fn start(answer: impl Fn(&SeenRequest, usize) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let log = Arc::<Mutex<Vec<SeenRequest>>>::default();
        let record = Arc::clone(&log);
        let address = serve(move |request| {
            let (log, answer) = (Arc::clone(&record), answer.clone());
            async move {
                let request = SeenRequest::read(request).await;
                let before = {
                    let mut log = log.lock().unwrap();
                    let before = log.iter().filter(|earlier| earlier.line() == request.line()).count();
                    log.push(request.clone());
                    before
                };
                answer(&request, before).response(&request, before).await
            }
        })
        .await;
        Self { address, log }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        endpoints(self.address)
    }

    pub(crate) fn crm(&self) -> CrmWriter {
        CrmWriter::new(&self.endpoints(), &Config::default()).unwrap()
    }

    pub(crate) fn pf(&self) -> PfWriter {
        PfWriter::new(&self.endpoints(), &Config::default()).unwrap()
    }

    /// All requests, with the token calls.
    pub(crate) fn requests(&self) -> Vec<SeenRequest> {
        self.log.lock().unwrap().clone()
    }

    /// The requests without the token calls.
    pub(crate) fn seen(&self) -> Vec<SeenRequest> {
        self.requests().into_iter().filter(|seen| !seen.is_token_call()).collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(SeenRequest::line).collect()
    }

    pub(crate) fn token_calls(&self) -> Vec<SeenRequest> {
        self.requests().into_iter().filter(SeenRequest::is_token_call).collect()
    }
}

/// Serves on a free port of this machine until the runtime ends.
pub(crate) async fn serve<F: Future<Output = Response<Body>> + Send + 'static>(
    handler: impl Fn(Request<Incoming>) -> F + Clone + Send + 'static,
) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let handler = handler.clone();
            let service = service_fn(move |request| {
                let response = handler(request);
                async move { Ok::<_, Infallible>(response.await) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // An answer that breaks off ends in an error here.
            tokio::spawn(async move { drop(connection.await) });
        }
    });
    address
}

/// The addresses of a server that has the CRM under `/crm` and Property Finder under `/pf`, with short waits.
pub(crate) fn endpoints(address: SocketAddr) -> Endpoints {
    let mut endpoints = Endpoints::from_env(|name| {
        let value = match name {
            "ROSTER_CRM_URL" => format!("http://{address}/crm/"),
            "ROSTER_CRM_TOKEN_URL" => format!("http://{address}{CRM_TOKEN}"),
            "ROSTER_PF_URL" => format!("http://{address}/pf"),
            "CRM_API_KEY" | "PF_API_KEY" => "canary-key".to_owned(),
            "CRM_API_SECRET" | "PF_API_SECRET" => "canary-secret".to_owned(),
            _ => return None,
        };
        Some(value)
    })
    .unwrap();
    endpoints.timing.first_wait = Duration::from_millis(2);
    endpoints.timing.longest_wait = Duration::from_millis(10);
    endpoints
}
