//! Who may sign in at the desk: passwords, sessions, invitations, and the first account of all.
//!
//! Hides Argon2id and every secret: what is stored are prints, what is handed out are tokens that nobody can guess.
//! Trying passwords is slowed down, account by account.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};

use crate::event::Line;
use crate::event::text::hex;
use crate::programme::account::{Account, AccountName, Role};
use crate::store::{self, Attempts, Given, Identity, Store};

/// Fewest characters of a password. Length is what guessing costs.
pub const SHORTEST_PASSWORD: usize = 12;
/// Most characters: beyond, hashing would be work that a stranger can order.
pub const LONGEST_PASSWORD: usize = 200;
/// How long a session that nobody uses goes on.
pub const SESSION: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long a link is good by which somebody chooses a password.
pub const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Memory (KiB), passes and lanes of one hash: what OWASP asks of Argon2id, and 19 MB at a time.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// So many passwords are checked at once; the others wait.
const AT_ONCE: usize = 2;
/// So many wrong passwords in a row are a person's; then each costs a wait, twice as long as the last.
const FREE_TRIES: u32 = 5;
/// The first wait, and the longest.
const WAITS: (SignedDuration, SignedDuration) = (SignedDuration::from_secs(15), SignedDuration::from_mins(15));
/// Names whose tries are remembered; the oldest are forgotten first.
const NAMES: usize = 1_000;
/// A session's use is noted so often: each note is a write.
const NOTED: SignedDuration = SignedDuration::from_hours(1);

/// Why somebody was not let in, or something was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// No account has this name and this password.
    Wrong,
    /// Too many wrong passwords; the next try counts then.
    Wait(Timestamp),
    /// The password has fewer characters than [`SHORTEST_PASSWORD`].
    Short,
    /// The password has more characters than [`LONGEST_PASSWORD`].
    Long,
    /// The password is the name it protects.
    Obvious,
    /// There is an account of that name.
    Taken,
    /// The link is used up, replaced or too old.
    Expired,
    /// It would leave nobody who can settle anything, or there is no such account.
    LastAdmin,
    /// A provider vouches for somebody whom nobody invited.
    Unknown,
    /// The provider says no address of them, or does not vouch for it.
    NoAddress,
    /// The identity is another account's, or the account is another identity's.
    Linked,
}

/// Somebody for whom an identity provider vouches.
#[derive(Clone)]
pub struct Person {
    /// The provider.
    pub issuer: String,
    /// What it calls them, for ever.
    pub subject: String,
    /// Their e-mail address, if the provider vouches for it.
    pub address: Option<AccountName>,
    /// What others call them.
    pub shown: Line,
    /// What was given out for the session; the provider asks for it at the end.
    pub id_token: String,
}

/// How somebody comes for whom a provider vouches.
#[derive(Debug, Clone, Copy)]
pub enum Entrance<'a> {
    /// By the page where one signs in.
    Plain,
    /// By the link that invited them.
    Invited(&'a Token),
    /// Signed in already, to sign in so from now on.
    Signed(&'a AccountName),
}

/// What a browser holds, or the last part of a link: 256 bits that only their owner knows.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives no randomness.
    pub fn new() -> Result<Token, Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
        Ok(Token(hex(&bytes)))
    }

    /// One that was sent to us.
    pub fn from_text(text: &str) -> Token {
        Token(text.to_owned())
    }

    /// To be sent to its owner, and to nobody else.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What is stored of it. A fast hash will do: there is nothing to guess.
    fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why accounts could not be looked at or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The system gives no randomness.
    #[error("the system gives no random bytes")]
    Random,
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}")]
    Hash(String),
}

/// The accounts of a node. Cheap to clone: all clones count the same tries.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    tries: Arc<OnceCell<Mutex<HashMap<String, Tries>>>>,
    turn: Arc<Semaphore>,
    /// A hash that no password has, checked for names that nobody has: both take as long.
    nobody: Arc<str>,
    first: Arc<Mutex<Option<Token>>>,
}

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    until: Timestamp,
}

impl Accounts {
    /// The accounts that a store holds.
    ///
    /// # Errors
    /// [`Error::Hash`], [`Error::Random`].
    pub fn new(store: Store) -> Result<Accounts, Error> {
        let nobody = hash(Token::new()?.secret())?.into();
        let turn = Arc::new(Semaphore::new(AT_ONCE));
        Ok(Accounts { store, tries: Arc::default(), turn, nobody, first: Arc::default() })
    }

    /// The code that lets its holder make the first account, when there is none: shown on the terminal, and good until
    /// there is one.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Random`].
    pub async fn first_code(&self) -> Result<Option<String>, Error> {
        if !self.store.accounts().await?.is_empty() {
            return Ok(None);
        }
        // 80 bits, short enough to be typed from one window to another.
        let secret = Token::new()?.secret()[..20].to_owned();
        let groups: Vec<&str> = (0..5).map(|n| &secret[n * 4..n * 4 + 4]).collect();
        let code = groups.join("-");
        *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(Token(secret));
        Ok(Some(code))
    }

    /// Whether a code is the one of the terminal, however it is spaced.
    pub fn is_first_code(&self, code: &str) -> bool {
        let typed: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let typed = Token(typed.to_ascii_lowercase());
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        // Hashes are compared: how long that takes says nothing of the code.
        first.as_ref().is_some_and(|first| first.hash() == typed.hash())
    }

    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn none(&self) -> Result<bool, Error> {
        Ok(self.store.accounts().await?.is_empty())
    }

    /// Adds an account with a password.
    ///
    /// # Errors
    /// [`Error`]; inside, why it was refused.
    pub async fn add(
        &self,
        name: AccountName,
        shown: Line,
        role: Role,
        password: &str,
        at: Timestamp,
    ) -> Result<Result<Account, Refused>, Error> {
        if let Some(refused) = unfit(&name, password) {
            return Ok(Err(refused));
        }
        let print = self.hash(password).await?;
        let account = Account { name, shown, role, settled: true };
        let added = self.store.add_account(&account, Some(&print), at).await?;
        if added {
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(if added { Ok(account) } else { Err(Refused::Taken) })
    }

    /// Adds an account whose owner chooses a password by the link that ends with the token.
    ///
    /// # Errors
    /// [`Error`]; inside, why it was refused.
    pub async fn invite(
        &self,
        name: AccountName,
        shown: Line,
        role: Role,
        at: Timestamp,
    ) -> Result<Result<Token, Refused>, Error> {
        let account = Account { name, shown, role, settled: false };
        if !self.store.add_account(&account, None, at).await? {
            return Ok(Err(Refused::Taken));
        }
        Ok(Ok(self.link(&account.name, at).await?))
    }

    /// Lets the owner of an account choose another password by a link; the old password and all sessions go on until
    /// they do.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn reset(&self, name: &AccountName, at: Timestamp) -> Result<Option<Token>, Error> {
        match self.store.account(name).await? {
            Some(account) => Ok(Some(self.link(&account.name, at).await?)),
            None => Ok(None),
        }
    }

    async fn link(&self, name: &AccountName, at: Timestamp) -> Result<Token, Error> {
        let token = Token::new()?;
        self.store.invite(&token.hash(), name, at + INVITATION).await?;
        Ok(token)
    }

    /// Whom a link invites, while it is good.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn invited(&self, link: &Token, at: Timestamp) -> Result<Option<Account>, Error> {
        Ok(self.store.invited(&link.hash(), at).await?)
    }

    /// Chooses a password by a link and signs in; every earlier session of the account ends.
    ///
    /// # Errors
    /// [`Error`]; inside, why it was refused.
    pub async fn accept(&self, link: &Token, password: &str, at: Timestamp) -> Result<Result<Token, Refused>, Error> {
        let hash = link.hash();
        let Some(account) = self.store.invited(&hash, at).await? else { return Ok(Err(Refused::Expired)) };
        if let Some(refused) = unfit(&account.name, password) {
            return Ok(Err(refused));
        }
        let print = self.hash(password).await?;
        if !self.store.accept_invitation(&hash, &account.name, &print).await? {
            return Ok(Err(Refused::Expired));
        }
        self.forget_tries(&account.name).await?;
        Ok(Ok(self.begin(&account.name, at).await?))
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`Error`]; inside, why nobody was let in: a name that nobody has and a wrong password are told alike.
    pub async fn sign_in(&self, name: &str, password: &str, at: Timestamp) -> Result<Result<Token, Refused>, Error> {
        let Ok(name) = AccountName::new(name) else { return Ok(Err(Refused::Wrong)) };
        // Counted before it is checked: of a hundred tries at once, a hundred are counted; and a restart forgets none.
        if let Err(until) = self.count_try(&name, at).await? {
            return Ok(Err(Refused::Wait(until)));
        }
        if password.chars().count() > LONGEST_PASSWORD {
            return Ok(Err(Refused::Wrong));
        }
        let print = self.store.password(&name).await?;
        let known = print.is_some();
        let print = print.unwrap_or_else(|| self.nobody.to_string());
        let password = password.to_owned();
        let _turn = self.turn.acquire().await;
        let fits = tokio::task::spawn_blocking(move || verifies(&print, &password)).await.unwrap_or(false);
        if !(fits && known) {
            return Ok(Err(Refused::Wrong));
        }
        self.forget_tries(&name).await?;
        Ok(Ok(self.begin(&name, at).await?))
    }

    /// Begins a session for somebody who proved who they are.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn begin(&self, name: &AccountName, at: Timestamp) -> Result<Token, Error> {
        self.begin_by(name, None, at).await
    }

    async fn begin_by(&self, name: &AccountName, id_token: Option<&str>, at: Timestamp) -> Result<Token, Error> {
        let token = Token::new()?;
        self.store.end_sleeping_sessions(at - SESSION).await?;
        self.store.begin_session(&token.hash(), name, id_token, at).await?;
        Ok(token)
    }

    /// Signs somebody in for whom an identity provider vouches.
    ///
    /// An identity that an account has signs in to that account, whatever the address says by now. One that none has is
    /// given to the account whose owner holds the invitation, or who is signed in; then to the account that is named as
    /// the person's verified address. Nobody else comes in, unless `newcomers` says with which role.
    ///
    /// # Errors
    /// [`Error`]; inside, why nobody was let in.
    pub async fn enter(
        &self,
        person: &Person,
        by: Entrance<'_>,
        newcomers: Option<Role>,
        at: Timestamp,
    ) -> Result<Result<Token, Refused>, Error> {
        let identity = Identity { issuer: &person.issuer, subject: &person.subject };
        let known = self.store.identified(identity).await?;
        let (name, invitation) = match (by, known) {
            // Somebody else's: to sign in as them is not what was asked for.
            (Entrance::Signed(name), Some(known)) if known.name != *name => return Ok(Err(Refused::Linked)),
            (Entrance::Signed(name), None) => (name.clone(), None),
            (Entrance::Invited(link), known) => {
                let hash = link.hash();
                let Some(invited) = self.store.invited(&hash, at).await? else { return Ok(Err(Refused::Expired)) };
                if known.is_some() {
                    return Ok(Err(Refused::Linked));
                }
                (invited.name, Some(hash))
            }
            (_, Some(known)) => {
                return Ok(Ok(self.begin_by(&known.name, Some(&person.id_token), at).await?));
            }
            (Entrance::Plain, None) => {
                let Some(address) = &person.address else { return Ok(Err(Refused::NoAddress)) };
                match (self.store.account(address).await?, newcomers) {
                    (Some(account), _) => (account.name, None),
                    (None, Some(role)) => return self.welcome(person, address, role, at).await,
                    (None, None) => return Ok(Err(Refused::Unknown)),
                }
            }
        };
        Ok(match self.store.give_identity(&name, identity, invitation.as_deref(), at).await? {
            Given::Done => Ok(self.begin_by(&name, Some(&person.id_token), at).await?),
            Given::Taken => Err(Refused::Linked),
            Given::Expired => Err(Refused::Expired),
        })
    }

    /// Adds an account for somebody whom the provider knows and we do not.
    async fn welcome(
        &self,
        person: &Person,
        address: &AccountName,
        role: Role,
        at: Timestamp,
    ) -> Result<Result<Token, Refused>, Error> {
        let account = Account { name: address.clone(), shown: person.shown.clone(), role, settled: true };
        let identity = Identity { issuer: &person.issuer, subject: &person.subject };
        Ok(match self.store.add_identified(&account, identity, at).await? {
            Given::Done => Ok(self.begin_by(&account.name, Some(&person.id_token), at).await?),
            Given::Taken | Given::Expired => Err(Refused::Linked),
        })
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn session(&self, token: &Token, at: Timestamp) -> Result<Option<Account>, Error> {
        let hash = token.hash();
        let Some((account, seen)) = self.store.session(&hash).await? else { return Ok(None) };
        if at.duration_since(seen) > SESSION {
            return Ok(None);
        }
        if at.duration_since(seen) > NOTED {
            self.store.session_seen(&hash, at).await?;
        }
        Ok(Some(account))
    }

    /// Ends a session; gives what an identity provider gave out for it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out(&self, token: &Token) -> Result<Option<String>, Error> {
        Ok(self.store.end_session(&token.hash()).await?)
    }

    /// The store they are in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        let _turn = self.turn.acquire().await;
        let hashed = tokio::task::spawn_blocking(move || hash(&password)).await;
        hashed.unwrap_or_else(|error| Err(Error::Hash(error.to_string())))
    }

    /// What is remembered of wrong passwords, by the hashes of names: what is typed for a name may be a password.
    async fn tries(&self) -> Result<&Mutex<HashMap<String, Tries>>, Error> {
        let read = async {
            let known = self.store.attempts().await?.into_iter();
            Ok(Mutex::new(known.map(|one| (one.hash, Tries { wrong: one.wrong, until: one.until })).collect()))
        };
        self.tries.get_or_try_init(|| read).await
    }

    /// Counts a try, or says until when none counts.
    async fn count_try(&self, name: &AccountName, at: Timestamp) -> Result<Result<(), Timestamp>, Error> {
        let hash = name_hash(name);
        let (counted, forgotten) = {
            let mut all = self.tries().await?.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(until) = all.get(&hash).map(|tries| tries.until).filter(|until| *until > at) {
                return Ok(Err(until));
            }
            let mut forgotten = None;
            if all.len() >= NAMES
                && !all.contains_key(&hash)
                && let Some(oldest) = all.iter().min_by_key(|(_, tries)| tries.until).map(|(name, _)| name.clone())
            {
                all.remove(&oldest);
                forgotten = Some(oldest);
            }
            let tries = all.entry(hash.clone()).or_insert(Tries { wrong: 0, until: at });
            // A day later it is another story.
            if at.duration_since(tries.until) > SignedDuration::from_hours(24) {
                tries.wrong = 0;
            }
            tries.wrong = tries.wrong.saturating_add(1);
            let doubled = tries.wrong.saturating_sub(FREE_TRIES).min(10);
            let wait = if doubled == 0 { SignedDuration::ZERO } else { (WAITS.0 * (1 << (doubled - 1))).min(WAITS.1) };
            tries.until = at + wait;
            (Attempts { hash, wrong: tries.wrong, until: tries.until }, forgotten)
        };
        self.store.put_attempts(&counted).await?;
        if let Some(forgotten) = forgotten {
            self.store.forget_attempts(&forgotten).await?;
        }
        Ok(Ok(()))
    }

    async fn forget_tries(&self, name: &AccountName) -> Result<(), Error> {
        let hash = name_hash(name);
        let known = self.tries().await?.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash).is_some();
        if known {
            self.store.forget_attempts(&hash).await?;
        }
        Ok(())
    }
}

fn name_hash(name: &AccountName) -> String {
    hex(&Sha256::digest(name.as_str().as_bytes()))
}

/// Why a password will not do, if it will not.
fn unfit(name: &AccountName, password: &str) -> Option<Refused> {
    let length = password.chars().count();
    let plain = password.trim().to_lowercase();
    let local = name.as_str().split('@').next().unwrap_or_default();
    if length < SHORTEST_PASSWORD {
        Some(Refused::Short)
    } else if length > LONGEST_PASSWORD {
        Some(Refused::Long)
    } else if plain == name.as_str() || plain == local || plain.chars().all(|c| plain.starts_with(c)) {
        Some(Refused::Obvious)
    } else {
        None
    }
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(COST.0, COST.1, COST.2, None).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| Error::Random)?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| Error::Hash(error.to_string()))
}

fn verifies(print: &str, password: &str) -> bool {
    let Ok(print) = PasswordHash::new(print) else { return false };
    argon2().is_ok_and(|argon2| argon2.verify_password(password.as_bytes(), &print).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    async fn accounts(folder: &std::path::Path) -> Accounts {
        Accounts::new(Store::open(&format!("sqlite:{}", folder.join("a.db").display())).await.unwrap()).unwrap()
    }

    fn name(text: &str) -> AccountName {
        AccountName::new(text).unwrap()
    }

    const GOOD: &str = "une phrase assez longue";

    #[tokio::test]
    async fn a_wrong_password_or_an_ended_session_lets_somebody_in() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path()).await;
        let zoe = Line::new("Zoé").unwrap();
        all.add(name("zoe"), zoe.clone(), Role::Admin, GOOD, at(0)).await.unwrap().unwrap();
        assert_eq!(all.add(name("ZOE"), zoe, Role::Admin, GOOD, at(0)).await.unwrap(), Err(Refused::Taken));
        let wrong = all.sign_in("zoe", "une phrase assez longu", at(0)).await.unwrap();
        assert_eq!(wrong.unwrap_err(), Refused::Wrong);
        assert_eq!(all.sign_in("nobody", GOOD, at(0)).await.unwrap().unwrap_err(), Refused::Wrong);
        let token = all.sign_in(" Zoe ", GOOD, at(0)).await.unwrap().unwrap();
        assert!(all.session(&token, at(0)).await.unwrap().is_some_and(|account| account.may_settle()));
        assert!(all.session(&Token::from_text(&token.hash()), at(0)).await.unwrap().is_none(), "the print signs in");
        assert!(all.session(&token, at(15 * 86_400)).await.unwrap().is_none(), "a sleeping session goes on");
        all.sign_out(&token).await.unwrap();
        assert!(all.session(&token, at(1)).await.unwrap().is_none());
        let file = std::fs::read(folder.path().join("a.db")).unwrap();
        let holds = |secret: &str| file.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds(GOOD) && !holds(token.secret()), "a secret is kept as it is");
    }

    #[tokio::test]
    async fn a_thousand_passwords_can_be_tried_in_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path()).await;
        let (zoe, max) = (Line::new("Zoé").unwrap(), Line::new("Max").unwrap());
        all.add(name("zoe"), zoe, Role::Admin, GOOD, at(0)).await.unwrap().unwrap();
        all.add(name("max"), max, Role::Organiser, GOOD, at(0)).await.unwrap().unwrap();
        for _ in 0..6 {
            let tried = all.sign_in("zoe", "x", at(0)).await.unwrap();
            assert_eq!(tried.unwrap_err(), Refused::Wrong);
        }
        assert_eq!(all.sign_in("zoe", GOOD, at(14)).await.unwrap().unwrap_err(), Refused::Wait(at(15)));
        assert!(all.sign_in("max", GOOD, at(14)).await.unwrap().is_ok(), "one is locked out for another");
        all.sign_in("zoe", "x", at(15)).await.unwrap().unwrap_err();
        assert_eq!(all.sign_in("zoe", GOOD, at(44)).await.unwrap().unwrap_err(), Refused::Wait(at(45)));
        // A process that ends forgets nothing, and nobody reads in the database what was typed for a name.
        let again = Accounts::new(all.store().clone()).unwrap();
        assert_eq!(again.sign_in("zoe", GOOD, at(44)).await.unwrap().unwrap_err(), Refused::Wait(at(45)));
        again.sign_in("mot-de-passe-tapé-là", "x", at(44)).await.unwrap().unwrap_err();
        assert!(all.store().attempts().await.unwrap().iter().all(|one| one.hash.len() == 64));
        assert!(all.sign_in("zoe", GOOD, at(45)).await.unwrap().is_ok(), "whoever waits is let in");
        let again = Accounts::new(all.store().clone()).unwrap();
        assert!(again.sign_in("zoe", GOOD, at(45)).await.unwrap().is_ok(), "wrong passwords are remembered for ever");
        assert!(all.sign_in("zoe", GOOD, at(45)).await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_link_is_good_twice_or_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path()).await;
        let zoe = Line::new("Zoé").unwrap();
        let old = all.invite(name("zoe"), zoe, Role::Admin, at(0)).await.unwrap().unwrap();
        assert_eq!(all.sign_in("zoe", "", at(0)).await.unwrap().unwrap_err(), Refused::Wrong);
        let link = all.reset(&name("zoe"), at(1)).await.unwrap().unwrap();
        let accept = async |link: &Token, password: &str, second| all.accept(link, password, at(second)).await.unwrap();
        assert_eq!(accept(&old, GOOD, 2).await.unwrap_err(), Refused::Expired, "an older link is still good");
        for (password, why) in [("court", Refused::Short), ("aaaaaaaaaaaaaa", Refused::Obvious)] {
            assert_eq!(accept(&link, password, 2).await.unwrap_err(), why);
        }
        assert_eq!(accept(&link, &"x".repeat(201), 2).await.unwrap_err(), Refused::Long);
        assert_eq!(accept(&link, GOOD, 8 * 86_400).await.unwrap_err(), Refused::Expired);
        let session = accept(&link, GOOD, 3).await.unwrap();
        assert_eq!(accept(&link, GOOD, 4).await.unwrap_err(), Refused::Expired);
        // Who forgets a password ends what a thief began.
        let link = all.reset(&name("zoe"), at(5)).await.unwrap().unwrap();
        accept(&link, "une autre phrase longue", 6).await.unwrap();
        assert!(all.session(&session, at(6)).await.unwrap().is_none());
        assert!(all.sign_in("zoe", GOOD, at(7)).await.unwrap().is_err());
    }

    #[tokio::test]
    async fn the_last_administrator_can_be_removed() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path()).await;
        let (zoe, max) = (Line::new("Zoé").unwrap(), Line::new("Max").unwrap());
        all.add(name("zoe"), zoe, Role::Admin, GOOD, at(0)).await.unwrap().unwrap();
        // Invited, and never came.
        all.invite(name("max"), max, Role::Admin, at(0)).await.unwrap().unwrap();
        let store = all.store();
        assert!(!store.remove_account(&name("zoe")).await.unwrap());
        assert!(!store.settle_account(&name("zoe"), "Zoé", Role::Editor).await.unwrap());
        assert!(store.remove_account(&name("max")).await.unwrap());
        assert!(store.settle_account(&name("zoe"), "Zoé D.", Role::Admin).await.unwrap());
    }

    #[tokio::test]
    async fn the_code_of_the_terminal_is_good_after_the_first_account() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path()).await;
        assert!(!all.is_first_code(""), "no code is as good as one");
        let code = all.first_code().await.unwrap().unwrap();
        assert!(all.is_first_code(&format!(" {} ", code.to_uppercase())) && !all.is_first_code(&code[1..]));
        let zoe = Line::new("Zoé").unwrap();
        all.add(name("zoe"), zoe, Role::Admin, GOOD, at(0)).await.unwrap().unwrap();
        assert!(!all.is_first_code(&code) && all.first_code().await.unwrap().is_none());
    }
}
