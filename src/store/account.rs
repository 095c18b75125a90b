//! Who may sign in at a node's desk: accounts, their sessions, and the links that let them choose a password.

use jiff::Timestamp;

use super::{Error, Result, Store, noting, queries, reading, text, word, writing};
use crate::programme::account::{Account, AccountName, Role};

queries! {
    ACCOUNTS = "SELECT name, shown, role, password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account = account.name)
        FROM account";
    ACCOUNT = "SELECT name, shown, role, password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account = account.name)
        FROM account WHERE name = $1";
    PASSWORD = "SELECT password FROM account WHERE name = $1";
    ADD = "INSERT INTO account (name, shown, role, password, made) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) DO NOTHING";
    SET_ROLE = "UPDATE account SET shown = $2, role = $3 WHERE name = $1";
    SET_PASSWORD = "UPDATE account SET password = $2 WHERE name = $1";
    REMOVE = "DELETE FROM account WHERE name = $1";
    BEGIN_SESSION = "INSERT INTO session (hash, account, made, seen, id_token) VALUES ($1, $2, $3, $3, $4)";
    SESSION = "SELECT a.name, a.shown, a.role,
        a.password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account = a.name), s.seen
        FROM session s JOIN account a ON a.name = s.account WHERE s.hash = $1";
    SEEN = "UPDATE session SET seen = $2 WHERE hash = $1";
    END_SESSION = "DELETE FROM session WHERE hash = $1 RETURNING id_token";
    END_SESSIONS = "DELETE FROM session WHERE account = $1";
    END_SLEEPING = "DELETE FROM session WHERE seen < $1";
    SESSIONS = "SELECT account, COUNT(*) FROM session GROUP BY account";
    INVITE = "INSERT INTO invitation (hash, account, expires) VALUES ($1, $2, $3)
        ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, expires = excluded.expires";
    INVITED = "SELECT a.name, a.shown, a.role,
        a.password IS NOT NULL OR EXISTS (SELECT 1 FROM identity i WHERE i.account = a.name), v.expires
        FROM invitation v JOIN account a ON a.name = v.account WHERE v.hash = $1";
    TAKE_INVITATION = "DELETE FROM invitation WHERE hash = $1";
    END_INVITATIONS = "DELETE FROM invitation WHERE account = $1";
    IDENTITY = "SELECT account FROM identity WHERE issuer = $1 AND subject = $2";
    IDENTITIES = "SELECT account FROM identity WHERE issuer = $1";
    ADD_IDENTITY = "INSERT INTO identity (issuer, subject, account, made) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING";
    ATTEMPTS = "SELECT hash, wrong, until FROM attempt";
    ATTEMPT = "INSERT INTO attempt (hash, wrong, until) VALUES ($1, $2, $3)
        ON CONFLICT (hash) DO UPDATE SET wrong = excluded.wrong, until = excluded.until";
    FORGET_ATTEMPT = "DELETE FROM attempt WHERE hash = $1";
    FORGET_IDENTITIES = "DELETE FROM identity WHERE account = $1";
}

/// A row of [`ACCOUNTS`]: name, shown, role, whether there is a password or an identity.
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

    /// Begins a session, known by the hash of its token; with what an identity provider gave out for it, if one did.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn begin_session(
        &self,
        hash: &str,
        name: &AccountName,
        id_token: Option<&str>,
        at: Timestamp,
    ) -> Result<()> {
        noting!(self, |db| sqlx::query(BEGIN_SESSION)
            .bind(hash)
            .bind(name.as_str())
            .bind(at.as_second())
            .bind(id_token)
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

    /// Ends one session; gives what an identity provider gave out for it.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn end_session(&self, hash: &str) -> Result<Option<String>> {
        let ended: Option<Option<String>> =
            noting!(self, |db| sqlx::query_scalar(END_SESSION).bind(hash).fetch_optional(db).await)?;
        Ok(ended.flatten())
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

/// Wrong passwords of late for one name, which is known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempts {
    /// SHA-256 of the name, in hex.
    pub hash: String,
    /// How many in a row.
    pub wrong: u32,
    /// The next one counts then.
    pub until: Timestamp,
}

impl Store {
    /// All that is remembered of wrong passwords.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn attempts(&self) -> Result<Vec<Attempts>> {
        let rows: Vec<(String, i64, i64)> = reading!(self, |db| sqlx::query_as(ATTEMPTS).fetch_all(db).await)?;
        let attempts = |(hash, wrong, until)| {
            let (wrong, until) = (super::number("attempts", wrong)?, super::instant("attempt", until)?);
            Ok(Attempts { hash, wrong, until })
        };
        rows.into_iter().map(attempts).collect()
    }

    /// Remembers a wrong password.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn put_attempts(&self, one: &Attempts) -> Result<()> {
        noting!(self, |db| sqlx::query(ATTEMPT)
            .bind(&one.hash)
            .bind(i64::from(one.wrong))
            .bind(one.until.as_second())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Forgets the wrong passwords of a name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn forget_attempts(&self, hash: &str) -> Result<()> {
        noting!(self, |db| sqlx::query(FORGET_ATTEMPT).bind(hash).execute(db).await.map(drop))?;
        Ok(())
    }
}

/// What came of giving an account the identity that a provider vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It is the account's.
    Done,
    /// The identity is another account's, or the account has another one of that provider.
    Taken,
    /// The invitation is used up, replaced or too old; or there is an account of that name already.
    Expired,
}

/// Somebody as a provider knows them: what it calls itself, and what it calls them for ever.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The provider (`iss`).
    pub issuer: &'a str,
    /// The person (`sub`).
    pub subject: &'a str,
}

impl Store {
    /// Whose account an identity is.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Damaged`].
    pub async fn identified(&self, identity: Identity<'_>) -> Result<Option<Account>> {
        let (issuer, subject) = (text(identity.issuer), text(identity.subject));
        let name: Option<String> =
            reading!(self, |db| sqlx::query_scalar(IDENTITY).bind(&*issuer).bind(&*subject).fetch_optional(db).await)?;
        match name {
            Some(name) => self.account(&word("account", &name)?).await,
            None => Ok(None),
        }
    }

    /// The accounts that have an identity of a provider.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn with_identity(&self, issuer: &str) -> Result<Vec<String>> {
        let issuer = text(issuer);
        Ok(reading!(self, |db| sqlx::query_scalar(IDENTITIES).bind(&*issuer).fetch_all(db).await)?)
    }

    /// Gives an account an identity, and takes its invitation, or does nothing. Where the hash of an invitation is given,
    /// that must still be good.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn give_identity(
        &self,
        name: &AccountName,
        identity: Identity<'_>,
        invitation: Option<&str>,
        at: Timestamp,
    ) -> Result<Given> {
        writing!(self, |tx| {
            if let Some(hash) = invitation {
                let row: Option<(String, String, String, bool, i64)> =
                    sqlx::query_as(INVITED).bind(hash).fetch_optional(&mut *tx).await?;
                if row.is_none_or(|row| row.0 != name.as_str() || row.4 <= at.as_second()) {
                    return Ok(Given::Expired);
                }
            }
            let added = sqlx::query(ADD_IDENTITY)
                .bind(&*text(identity.issuer))
                .bind(&*text(identity.subject))
                .bind(name.as_str())
                .bind(at.as_second())
                .execute(&mut *tx)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(Given::Taken);
            }
            sqlx::query(END_INVITATIONS).bind(name.as_str()).execute(&mut *tx).await?;
            Ok(Given::Done)
        })
    }

    /// Adds an account that signs in by an identity, or does nothing.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn add_identified(&self, account: &Account, identity: Identity<'_>, at: Timestamp) -> Result<Given> {
        writing!(self, |tx| {
            let none: Option<&str> = None;
            let added = sqlx::query(ADD)
                .bind(account.name.as_str())
                .bind(account.shown.as_str())
                .bind(account.role.code())
                .bind(none)
                .bind(at.as_second())
                .execute(&mut *tx)
                .await?;
            if added.rows_affected() == 0 {
                return Ok(Given::Expired);
            }
            let given = sqlx::query(ADD_IDENTITY)
                .bind(&*text(identity.issuer))
                .bind(&*text(identity.subject))
                .bind(account.name.as_str())
                .bind(at.as_second())
                .execute(&mut *tx)
                .await?;
            if given.rows_affected() == 0 {
                sqlx::query(REMOVE).bind(account.name.as_str()).execute(&mut *tx).await?;
                return Ok(Given::Taken);
            }
            Ok(Given::Done)
        })
    }

    /// Takes the identities of an account away, and ends its sessions.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn forget_identities(&self, name: &AccountName) -> Result<()> {
        writing!(self, |tx| {
            sqlx::query(FORGET_IDENTITIES).bind(name.as_str()).execute(&mut *tx).await?;
            sqlx::query(END_SESSIONS).bind(name.as_str()).execute(&mut *tx).await?;
            Ok(())
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
