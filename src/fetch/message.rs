//! One message to a hub or to a subscriber: a request that follows no redirect, and of whose answer little is read.
//!
//! The rules of a fetch hold: the address is checked before it is asked and again when its name is resolved, one
//! request at a time goes to a host, and all of it ends within the total time.

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::failure::{self, failure};
use super::{Fetcher, Inner};
use crate::programme::{Failure, FailureKind};

/// How much of an answer is read, in bytes. A challenge has some forty, a refusal says a sentence.
const MOST_REPLY: usize = 2048;

/// What is sent.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// An absolute http or https address. Hostile: it need not even be an address.
    pub address: String,
    /// Headers by name; one that HTTP cannot hold is left out.
    pub headers: Vec<(&'static str, String)>,
    /// What is posted; without a body it is a GET.
    pub body: Option<Bytes>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status, whatever it is.
    pub status: u16,
    /// The beginning of the body, 2,048 bytes at most.
    pub body: Bytes,
}

impl Reply {
    /// Whether the message was taken (2xx).
    pub fn taken(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Fetcher {
    /// Sends a message, once. A redirect is an answer like any other: what was checked is what is asked.
    ///
    /// # Errors
    /// A [`Failure`] when no status came back.
    pub async fn send(&self, message: Message) -> Result<Reply, Failure> {
        let url = self.inner.gate.read(&message.address)?;
        let _turn = self.inner.courtesy.turn(&url).await;
        let told = tokio::time::timeout(self.inner.rules.total_time, self.inner.tell(&url, message)).await;
        told.unwrap_or_else(|_| Err(self.inner.out_of_time(&url)))
    }

    /// The longest body that is taken for a document.
    pub fn most_bytes(&self) -> usize {
        self.inner.rules.most_bytes
    }

    /// Whether an address may be asked, as far as that is known before its name is resolved.
    ///
    /// # Errors
    /// A [`Failure`] that says why not.
    pub fn admits(&self, address: &str) -> Result<(), Failure> {
        self.inner.gate.read(address)?;
        Ok(())
    }
}

impl Inner {
    async fn tell(&self, url: &Url, message: Message) -> Result<Reply, Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in &message.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let request = match message.body {
            Some(body) => self.client.post(url.clone()).body(body),
            None => self.client.get(url.clone()),
        };
        let response = request.headers(headers).send().await.map_err(|error| failure::of_error(&error))?;
        let status = response.status().as_u16();
        Ok(Reply { status, body: beginning(response).await? })
    }
}

async fn beginning(mut response: Response) -> Result<Bytes, Failure> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(FailureKind::Body, error))? {
        let room = MOST_REPLY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == MOST_REPLY {
            break;
        }
    }
    Ok(body.freeze())
}
