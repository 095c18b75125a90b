//! Who may write at a node's desk, and what each may do there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Line;
use crate::event::text::{TextError, text_type};

text_type! {
    /// What somebody signs in with: an address or a short name, in lower case and without spaces.
    AccountName
}

impl AccountName {
    /// The most characters it may have.
    pub const MOST: usize = 200;

    /// Puts `text` in lower case.
    ///
    /// # Errors
    /// [`TextError::Empty`], [`TextError::TooLong`]; [`TextError::Name`] for spaces and what cannot be seen.
    pub fn new(text: &str) -> Result<AccountName, TextError> {
        let name = Line::new(text)?.as_str().to_lowercase();
        if name.chars().count() > AccountName::MOST {
            return Err(TextError::TooLong(AccountName::MOST));
        }
        let seen = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '/' | '?' | '#' | '"' | '<' | '>');
        let seen = name.chars().all(seen);
        if seen { Ok(AccountName(name.into())) } else { Err(TextError::Name) }
    }
}

/// What somebody may do at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Writes, and changes what they wrote.
    Organiser,
    /// Changes everybody's events.
    Editor,
    /// Settings and accounts too.
    Admin,
}

impl Role {
    /// All roles, the one that may least first.
    pub const ALL: [Role; 3] = [Role::Organiser, Role::Editor, Role::Admin];

    /// As it is stored and typed.
    pub fn code(self) -> &'static str {
        match self {
            Role::Organiser => "organiser",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }

    /// The role of a code.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What they sign in with.
    pub name: AccountName,
    /// What the others call them.
    pub shown: Line,
    /// What they may do.
    pub role: Role,
    /// Whether they have a password; who was invited and did not come has none.
    pub settled: bool,
}

impl Account {
    /// Whether they may change an event that this account wrote first.
    pub fn may_change(&self, owner: Option<&str>) -> bool {
        self.role >= Role::Editor || owner == Some(self.name.as_str())
    }

    /// Whether they may change settings and accounts.
    pub fn may_settle(&self) -> bool {
        self.role == Role::Admin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_address_are_two_accounts() {
        assert_eq!(AccountName::new(" Marie@Lab.Example ").unwrap().as_str(), "marie@lab.example");
        for text in ["", "a b", "a/b", "a\u{0}b\u{85}c", "<b>"] {
            assert!(AccountName::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_organiser_changes_what_another_wrote() {
        let account = |role| Account {
            name: AccountName::new("zoe").unwrap(),
            shown: Line::new("Zoé").unwrap(),
            role,
            settled: true,
        };
        assert!(account(Role::Organiser).may_change(Some("zoe")));
        assert!(!account(Role::Organiser).may_change(Some("max")) && !account(Role::Organiser).may_change(None));
        assert!(account(Role::Editor).may_change(None) && !account(Role::Editor).may_settle());
        assert!(account(Role::Admin).may_settle());
    }
}
