//! Who may sign in at a node's desk: accounts, their sessions, and the links that let them choose a password.

use jiff::Timestamp;

use super::{Error, Result, Store, noting, queries, reading, text, word, writing};
use crate::programme::account::{Account, AccountName, Role};

queries! {
    ACCOUNTS = "SELECT name, shown, role, password IS NOT NULL FROM account";
    ACCOUNT = "SELECT name, shown, role, password IS NOT NULL FROM account WHERE name = $1";
    PASSWORD = "SELECT password FROM account WHERE name = $1";
    ADD = "INSERT INTO account (name, shown, role, password, made) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING";
    SET_ROLE = "UPDATE account SET shown = $2, role = $3 WHERE name = $1";
    SET_PASSWORD = "UPDATE account SET password = $2 WHERE name = $1";
    REMOVE = "DELETE FROM account WHERE name = $1";
    BEGIN_SESSION = "INSERT INTO session (hash, account, made, seen) VALUES ($1, $2, $3, $3)";
    SESSION = "SELECT a.name, a.shown, a.role, a.password IS NOT NULL, s.seen
        FROM session s JOIN account a ON a.name = s.account WHERE s.hash = $1";
    SEEN = "UPDATE session SET seen = $2 WHERE hash = $1";
    END_SESSION = "DELETE FROM session WHERE hash = $1";
    END_SESSIONS = "DELETE FROM session WHERE account = $1";
    END_SLEEPING = "DELETE FROM session WHERE seen < $1";
    SESSIONS = "SELECT account, COUNT(*) FROM session GROUP BY account";
    INVITE = "INSERT INTO invitation (hash, account, expires) VALUES ($1, $2, $3)
        ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, expires = excluded.expires";
    INVITED = "SELECT a.name, a.shown, a.role, a.password IS NOT NULL, i.expires
        FROM invitation i JOIN account a ON a.name = i.account WHERE i.hash = $1";
    TAKE_INVITATION = "DELETE FROM invitation WHERE hash = $1";
}

/// A row of [`ACCOUNTS`]: name, shown, role, whether there is a password.
type AccountRow = (String, String, String, bool);

impl Store {
    /// All accounts, by name.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows: Vec<AccountRow> = reading!(self, |db| sqlx::query_as(ACCOUNTS).fetch_all(db).await)?;
        let mut all = rows.into_iter().map(account).collect::<Result<Vec<Account>>>()?;
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn account(&self, name: &AccountName) -> Result<Option<Account>> {
        let name = name.as_str();
        let row: Option<AccountRow> = reading!(self, |db| sqlx::query_as(ACCOUNT).bind(name).fetch_optional(db).await)?;
        row.map(account).transpose()
    }

    /// The print of an account's password, if it has one.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn password(&self, name: &AccountName) -> Result<Option<String>> {
        let name = name.as_str();
        let row: Option<Option<String>> =
            reading!(self, |db| sqlx::query_scalar(PASSWORD).bind(name).fetch_optional(db).await)?;
        Ok(row.flatten())
    }

    /// Adds an account; `false` when there is one of that name, which then stays as it is.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn add_account(&self, account: &Account, password: Option<&str>, at: Timestamp) -> Result<bool> {
        let added = noting!(self, |db| sqlx::query(ADD)
            .bind(account.name.as_str())
            .bind(account.shown.as_str())
            .bind(account.role.code())
            .bind(password)
            .bind(at.as_second())
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(added > 0)
    }

    /// Gives an account another role and another name for the others; `false` when it is the last administrator's and
    /// would be no longer, or there is none.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn settle_account(&self, name: &AccountName, shown: &str, role: Role) -> Result<bool> {
        let shown = text(shown);
        writing!(self, |tx| {
            let rows: Vec<AccountRow> = sqlx::query_as(ACCOUNTS).fetch_all(&mut *tx).await?;
            if role != Role::Admin && last_admin(&rows, name) {
                return Ok(false);
            }
            let done =
                sqlx::query(SET_ROLE).bind(name.as_str()).bind(&*shown).bind(role.code()).execute(&mut *tx).await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Takes an account away with its sessions; what it wrote stays. `false` when it is the last administrator's, or
    /// there is none.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn remove_account(&self, name: &AccountName) -> Result<bool> {
        writing!(self, |tx| {
            let rows: Vec<AccountRow> = sqlx::query_as(ACCOUNTS).fetch_all(&mut *tx).await?;
            if last_admin(&rows, name) {
                return Ok(false);
            }
            let done = sqlx::query(REMOVE).bind(name.as_str()).execute(&mut *tx).await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Begins a session, known by the hash of its token.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn begin_session(&self, hash: &str, name: &AccountName, at: Timestamp) -> Result<()> {
        noting!(self, |db| sqlx::query(BEGIN_SESSION)
            .bind(hash)
            .bind(name.as_str())
            .bind(at.as_second())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Whose session it is, and when it was last noted.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn session(&self, hash: &str) -> Result<Option<(Account, Timestamp)>> {
        let row: Option<(String, String, String, bool, i64)> =
            reading!(self, |db| sqlx::query_as(SESSION).bind(hash).fetch_optional(db).await)?;
        let of = |(name, shown, role, settled, seen)| {
            Ok((account((name, shown, role, settled))?, super::instant("session", seen)?))
        };
        row.map(of).transpose()
    }

    /// Notes that a session is in use.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn session_seen(&self, hash: &str, at: Timestamp) -> Result<()> {
        noting!(self, |db| sqlx::query(SEEN).bind(hash).bind(at.as_second()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn end_session(&self, hash: &str) -> Result<()> {
        noting!(self, |db| sqlx::query(END_SESSION).bind(hash).execute(db).await.map(drop))?;
        Ok(())
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn end_sessions(&self, name: &AccountName) -> Result<()> {
        noting!(self, |db| sqlx::query(END_SESSIONS).bind(name.as_str()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// Ends the sessions that nobody used since.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn end_sleeping_sessions(&self, since: Timestamp) -> Result<()> {
        noting!(self, |db| sqlx::query(END_SLEEPING).bind(since.as_second()).execute(db).await.map(drop))?;
        Ok(())
    }

    /// How many sessions each account has open.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn sessions(&self) -> Result<Vec<(String, i64)>> {
        Ok(reading!(self, |db| sqlx::query_as(SESSIONS).fetch_all(db).await)?)
    }

    /// Lets an account choose a password by a link, known by the hash of its last part; an earlier link of that
    /// account leads nowhere from now on.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn invite(&self, hash: &str, name: &AccountName, expires: Timestamp) -> Result<()> {
        noting!(self, |db| sqlx::query(INVITE)
            .bind(hash)
            .bind(name.as_str())
            .bind(expires.as_second())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Whom a link invites, if it is still good at `at`.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn invited(&self, hash: &str, at: Timestamp) -> Result<Option<Account>> {
        let row: Option<(String, String, String, bool, i64)> =
            reading!(self, |db| sqlx::query_as(INVITED).bind(hash).fetch_optional(db).await)?;
        let row = row.filter(|(.., expires)| *expires > at.as_second());
        row.map(|(name, shown, role, settled, _)| account((name, shown, role, settled))).transpose()
    }

    /// Takes the invitation, sets the password and ends all earlier sessions, or nothing: `false` when the link was
    /// used meanwhile.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn accept_invitation(&self, hash: &str, name: &AccountName, password: &str) -> Result<bool> {
        writing!(self, |tx| {
            let taken = sqlx::query(TAKE_INVITATION).bind(hash).execute(&mut *tx).await?;
            if taken.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(SET_PASSWORD).bind(name.as_str()).bind(password).execute(&mut *tx).await?;
            sqlx::query(END_SESSIONS).bind(name.as_str()).execute(&mut *tx).await?;
            Ok(true)
        })
    }
}

/// Whether nobody else could settle anything without this account.
fn last_admin(rows: &[AccountRow], name: &AccountName) -> bool {
    let admin = |row: &&AccountRow| row.2 == Role::Admin.code() && row.3;
    let named = |row: &AccountRow| row.0 == name.as_str();
    rows.iter().filter(admin).any(named) && !rows.iter().filter(admin).any(|row| !named(row))
}

fn account((name, shown, role, settled): AccountRow) -> Result<Account> {
    let unknown = || Error::damaged(format!("role {role}"), "there is no such role");
    Ok(Account {
        role: Role::from_code(&role).ok_or_else(unknown)?,
        name: word("account", &name)?,
        shown: word("name of account", &shown)?,
        settled,
    })
}
