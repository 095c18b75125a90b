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
    /// Said above the page, once: why the identity provider let nobody in.
    pub refused: Option<String>,
    /// Who is signed in.
    account: Option<&'a Account>,
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
            refused: asked.query("refused").and_then(|code| super::provider::refused(asked, &code)),
            account: asked.account.as_ref(),
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
        self.account
    }

    /// They are signed in no longer.
    pub fn leave(&mut self) {
        self.account = None;
    }

    /// What people call the identity provider, where there is one.
    pub fn provider(&self) -> Option<String> {
        self.asked.desk.provider.as_ref().map(|provider| provider.label().to_string())
    }

    /// The address that leads to the provider, and then to a page of the desk or by an invitation.
    pub fn go(&self, to: &str, invitation: &str) -> String {
        self.to(&format!("desk/sign-in/go?to={}&invitation={}", super::encode(to), super::encode(invitation)))
    }

    /// The words on the button that leads to the provider.
    pub fn provider_button(&self, label: &str) -> String {
        self.t.say_with("desk-sign-in-by", [("provider", label.to_owned().into())])
    }

    /// Whether a part of the desk is the one that is shown.
    pub fn on(&self, path: &str) -> bool {
        self.asked.path == path
    }

    pub fn tongues(&self) -> [Tongue; 2] {
        Tongue::ALL
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
