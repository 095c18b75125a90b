//! Who is told of changes and who tells us.
//!
//! One statement a write, outside the turns that other writers take and without a new revision: nothing that is
//! published follows from these rows.

use super::{Result, Store, from_json, json, noting, queries, reading};
use crate::programme::SourceKey;
use crate::programme::push::{Following, Subscription};

queries! {
    SUBSCRIPTIONS = "SELECT subscription FROM subscription";
    PUT_SUBSCRIPTION = "INSERT INTO subscription (key, subscription) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET subscription = excluded.subscription";
    END_SUBSCRIPTION = "DELETE FROM subscription WHERE key = $1";
    FOLLOWINGS = "SELECT following FROM following";
    PUT_FOLLOWING = "INSERT INTO following (source, following) VALUES ($1, $2)
        ON CONFLICT (source) DO UPDATE SET following = excluded.following";
    END_FOLLOWING = "DELETE FROM following WHERE source = $1";
}

impl Store {
    /// All subscriptions to what we publish, those past their lease too.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>> {
        let rows: Vec<String> = reading!(self, |db| sqlx::query_scalar(SUBSCRIPTIONS).fetch_all(db).await)?;
        rows.iter().map(|text| from_json("subscription", text)).collect()
    }

    /// Keeps a subscription as it now is.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn put_subscription(&self, subscription: &Subscription) -> Result<()> {
        let text = json("subscription", subscription)?;
        noting!(self, |db| sqlx::query(PUT_SUBSCRIPTION)
            .bind(subscription.key())
            .bind(&text)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Forgets a subscription.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn end_subscription(&self, key: &str) -> Result<()> {
        noting!(self, |db| sqlx::query(END_SUBSCRIPTION).bind(key).execute(db).await.map(drop))?;
        Ok(())
    }

    /// All hubs that we asked.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database), [`Error::Damaged`](super::Error::Damaged).
    pub async fn followings(&self) -> Result<Vec<Following>> {
        let rows: Vec<String> = reading!(self, |db| sqlx::query_scalar(FOLLOWINGS).fetch_all(db).await)?;
        rows.iter().map(|text| from_json("following", text)).collect()
    }

    /// Keeps what we asked of a source's hub, instead of what we asked before.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn put_following(&self, following: &Following) -> Result<()> {
        let text = json("following", following)?;
        let source = following.source.as_str();
        noting!(self, |db| sqlx::query(PUT_FOLLOWING).bind(source).bind(&text).execute(db).await.map(drop))?;
        Ok(())
    }

    /// Forgets that we asked a source's hub.
    ///
    /// # Errors
    /// [`Error::Database`](super::Error::Database).
    pub async fn end_following(&self, source: &SourceKey) -> Result<()> {
        noting!(self, |db| sqlx::query(END_FOLLOWING).bind(source.as_str()).execute(db).await.map(drop))?;
        Ok(())
    }
}
