//! What all pages of a desk have around their content.

use super::super::{DESK_STYLE, ICON, STYLE};
use super::Asked;
use crate::language::Tongue;
use crate::programme::account::{Account, Role};

/// The frame of a page.
pub struct Frame<'a> {
    pub t: Tongue,
    asked: &'a Asked,
    pub heading: String,
    pub title: String,
    pub lab: String,
    /// Said above the page, once: what was just done.
    pub done: Option<String>,
}

impl<'a> Frame<'a> {
    pub fn new(asked: &'a Asked, heading: String) -> Frame<'a> {
        let lab = asked.lab.as_ref().map_or_else(|| "essaim".to_owned(), |lab| lab.title.to_string());
        let done = asked.query("done").filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        let done = done.map(|key| format!("desk-done-{key}")).filter(|key| asked.t.knows(key));
        Frame {
            t: asked.t,
            title: format!("{heading} · {lab}"),
            heading,
            lab,
            done: done.map(|key| asked.t.say(&key)),
            asked,
        }
    }

    pub fn say(&self, key: &str) -> String {
        self.t.say(key)
    }

    /// The sentence that explains an option.
    pub fn about(&self, list: &str, code: &str) -> String {
        self.t.say(&format!("{list}-{code}-why"))
    }

    pub fn to(&self, path: &str) -> String {
        self.asked.to(path)
    }

    /// Whether the node names a programme that gathers it.
    pub fn has_programme(&self) -> bool {
        self.asked.desk.programme.is_some()
    }

    /// Whether everybody's events are this person's to change.
    pub fn edits_all(&self) -> bool {
        self.account().is_some_and(|account| account.role >= Role::Editor)
    }

    pub fn account(&self) -> Option<&Account> {
        self.asked.account.as_ref()
    }

    /// Whether a part of the desk is the one that is shown.
    pub fn on(&self, path: &str) -> bool {
        self.asked.path == path
    }

    pub fn tongues(&self) -> [Tongue; 2] {
        [Tongue::French, Tongue::English]
    }

    pub fn speaks(&self, tongue: &Tongue) -> bool {
        *tongue == self.t
    }

    /// This page in a language.
    pub fn switch(&self, tongue: &Tongue) -> String {
        format!("{}{}?ui={}", self.asked.desk.root(), self.asked.path, tongue.code())
    }

    fn asset(&self, address: &str) -> String {
        format!("{}{}", self.asked.desk.root(), address.trim_start_matches('/'))
    }

    pub fn style(&self) -> String {
        self.asset(&STYLE.address)
    }

    pub fn desk_style(&self) -> String {
        self.asset(&DESK_STYLE.address)
    }

    pub fn icon(&self) -> String {
        self.asset(&ICON.address)
    }
}

/// What is wrong with a form, field by field, in the words that stand beside each.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<(String, String)>);

impl Problems {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with one field.
    pub fn of(&self, field: impl AsRef<str>) -> Option<&str> {
        let field = field.as_ref();
        self.0.iter().find(|(name, _)| name == field).map(|(_, words)| words.as_str())
    }

    /// Whether an option is the one that was chosen.
    pub fn same(&self, option: &str, chosen: &str) -> bool {
        option == chosen
    }

    pub fn add(&mut self, field: &str, words: String) {
        self.0.push((field.to_owned(), words));
    }
}
