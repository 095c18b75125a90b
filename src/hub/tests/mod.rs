//! Both ends against others of every kind, over real sockets and a real database.

mod distribute;
mod follow;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use jiff::Timestamp;
use tokio::net::TcpListener;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// What a subscriber was sent.
#[derive(Debug, Clone)]
struct Sent {
    path: String,
    query: HashMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

/// A subscriber. The path of a callback says how it behaves.
struct Reader {
    address: String,
    sent: Arc<Mutex<Vec<(Method, Sent)>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Log = Arc<Mutex<Vec<(Method, Sent)>>>;

impl Reader {
    async fn open() -> Reader {
        let sent: Log = Arc::default();
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&sent));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Reader { address, sent, server }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn sent(&self, method: Method) -> Vec<Sent> {
        self.sent.lock().unwrap().iter().filter(|(m, _)| *m == method).map(|(_, sent)| sent.clone()).collect()
    }

    fn deliveries(&self) -> Vec<Sent> {
        self.sent(Method::POST)
    }
}

async fn answer(
    State(log): State<Log>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let query: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).into_owned().collect();
    let path = uri.path().to_owned();
    let earlier = log.lock().unwrap().iter().filter(|(m, _)| *m == Method::POST).count();
    let challenge = query.get("hub.challenge").cloned().unwrap_or_default();
    log.lock().unwrap().push((method.clone(), Sent { path: path.clone(), query, headers, body }));
    if method == Method::GET {
        return match path.as_str() {
            "/refuses" => (StatusCode::NOT_FOUND, challenge),
            "/wrong" => (StatusCode::OK, format!("{challenge} ")),
            "/longer" => (StatusCode::OK, format!("{challenge}{}", "x".repeat(100_000))),
            "/moves" => (StatusCode::FOUND, challenge),
            _ => (StatusCode::OK, challenge),
        };
    }
    let status = match path.as_str() {
        "/gone" => StatusCode::GONE,
        "/twice" if earlier < 2 => StatusCode::INTERNAL_SERVER_ERROR,
        "/redirects" => StatusCode::TEMPORARY_REDIRECT,
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::OK
        }
        _ => StatusCode::NO_CONTENT,
    };
    (status, "x".repeat(50_000))
}
