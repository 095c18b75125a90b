//! Who is told of changes at once, and who tells us (W3C WebSub): what must outlive the process.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SourceKey;
use crate::event::Address;
use crate::event::text::hex;

/// What only the two ends of a subscription know. Never shown, not even in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// The most bytes of a secret are one less (WebSub §5.1: "MUST be less than 200 bytes in length").
    pub const TOO_LONG: usize = 200;

    /// Takes `text` for a secret; `None` when it is empty or too long.
    pub fn new(text: &str) -> Option<Secret> {
        (1..Secret::TOO_LONG).contains(&text.len()).then(|| Secret(text.to_owned()))
    }

    /// To sign with, or to send to the hub that will sign with it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Someone who asked our hub to be told of what changes at a topic, and confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Where they are told.
    pub callback: Address,
    /// The feed of ours that they follow.
    pub topic: Address,
    /// What deliveries are signed with, if they gave it.
    pub secret: Option<Secret>,
    /// When it ends, unless it is renewed.
    pub until: Timestamp,
    /// ETag of what they last got, or could have read when they subscribed.
    pub delivered: String,
    /// Failed attempts in a row to deliver what is published now.
    pub failures: u32,
    /// No attempt before this instant.
    pub after: Option<Timestamp>,
}

impl Subscription {
    /// One callback subscribes to one topic once (WebSub §5.1).
    pub fn key(&self) -> String {
        key(&self.topic, &self.callback)
    }
}

/// The key of the subscription of a callback to a topic.
pub fn key(topic: &Address, callback: &Address) -> String {
    let both = format!("{topic}\n{callback}");
    hex(&Sha256::digest(both.as_bytes()))
}

/// Changes in a row that nobody told us of, or requests in a row that came to nothing, until a hub counts as silent.
/// One is a coincidence: a poll may come between a publication and its delivery.
const MANY: u32 = 3;

/// What a hub does for a source, as far as polling it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Push {
    /// The hub that the feed named when it was last read (WebSub §4).
    pub hub: Option<Address>,
    /// The address that the feed called its own then: the topic that the hub knows it by.
    pub topic: Option<Address>,
    /// Until when the hub promised to tell us of changes.
    pub until: Option<Timestamp>,
    /// Requests in a row that the hub did not follow.
    pub refused: u32,
    /// Changes in a row that a poll found and nobody had told us of.
    pub missed: u32,
    /// When the hub last told us of one.
    pub told: Option<Timestamp>,
}

impl Push {
    /// Whether the hub can be relied on, so that polling only has to make sure of it.
    pub fn works(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now) && !self.silent()
    }

    /// Whether the feed names a hub that does not tell of its changes.
    pub fn silent(&self) -> bool {
        self.hub.is_some() && (self.missed >= MANY || self.refused >= MANY)
    }
}

/// A hub that we asked to tell us of a source's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Following {
    /// Whose changes.
    pub source: SourceKey,
    /// Whom we asked.
    pub hub: Address,
    /// How the hub knows the feed.
    pub topic: Address,
    /// The last part of our callback, which nobody else can guess.
    pub token: String,
    /// What the hub signs with.
    pub secret: Secret,
    /// Since when we wait for the hub to confirm what we asked.
    pub asked: Option<Timestamp>,
    /// When we ask next.
    pub due: Timestamp,
    /// Until when the hub promised to tell us.
    pub until: Option<Timestamp>,
    /// Requests in a row that came to nothing.
    pub failures: u32,
    /// Why the last one did.
    pub failure: Option<String>,
}

impl Following {
    /// Whether the hub promised to tell us of changes now.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until > now)
    }
}
