//! One message to a hub, to a subscriber or to an identity provider: a request that follows no redirect, and of whose
//! answer no more is read than was agreed.
//!
//! The rules of a fetch hold: the address is checked before it is asked and again when its name is resolved, one
//! request at a time goes to a host, and all of it ends within the total time.

use bytes::{Bytes, BytesMut};
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

/// What a server answered to a message that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The status, whatever it is.
    pub status: u16,
    /// What it says it is.
    pub content_type: Option<String>,
    /// All of the body.
    pub body: Bytes,
}

impl Fetcher {
    /// Sends a message, once, and takes the whole of the answer. A redirect is an answer like any other.
    ///
    /// # Errors
    /// A [`Failure`] when no whole answer came back, or a longer one than [`Rules::most_bytes`](super::Rules).
    pub async fn ask(&self, message: Message) -> Result<Told, Failure> {
        let url = self.inner.gate.read(&message.address)?;
        let _turn = self.inner.courtesy.turn(&url).await;
        let most = self.inner.rules.most_bytes;
        let asked = async {
            let response = self.inner.post(&url, message).await?;
            super::refuse_large_head(response.headers())?;
            let status = response.status().as_u16();
            let content_type = super::headers::content_type(response.headers());
            Ok(Told { status, content_type, body: self.inner.body(response, most).await? })
        };
        let asked = tokio::time::timeout(self.inner.rules.total_time, asked).await;
        asked.unwrap_or_else(|_| Err(self.inner.out_of_time(&url)))
    }

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
        let response = self.post(url, message).await?;
        let status = response.status().as_u16();
        Ok(Reply { status, body: beginning(response).await? })
    }

    async fn post(&self, url: &Url, message: Message) -> Result<reqwest::Response, Failure> {
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
        request.headers(headers).send().await.map_err(|error| failure::of_error(&error))
    }
}

async fn beginning(mut response: reqwest::Response) -> Result<Bytes, Failure> {
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
