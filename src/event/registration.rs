//! How to register: where, from when until when, for how many.

use serde::{Deserialize, Serialize};

use super::foreign::Foreign;
use super::text::{Contact, Line};
use super::vocabulary::Per;
use super::when::Moment;

/// How to register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// Where.
    pub href: Option<Contact>,
    /// From when until when.
    pub window: Window,
    /// Whether one must.
    pub required: Option<bool>,
    /// Whether it costs nothing.
    pub free: Option<bool>,
    /// How many may come.
    pub capacity: Capacity,
    /// Whether the capacity counts for the event or for each slot.
    pub per: Option<Per>,
    /// The author's word on it.
    pub note: Option<Line>,
    /// Beyond the profile: attributes only.
    pub foreign: Foreign,
}

impl Registration {
    /// Nothing was said of it.
    pub fn is_empty(&self) -> bool {
        *self == Registration::default()
    }
}

/// When registration opens and closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Option<Moment>, Option<Moment>)", into = "(Option<Moment>, Option<Moment>)")]
pub struct Window {
    opens: Option<Moment>,
    closes: Option<Moment>,
}

impl Window {
    /// `None` when it would close before it opens.
    pub fn new(opens: Option<Moment>, closes: Option<Moment>) -> Option<Window> {
        let inverted = matches!((opens, closes), (Some(opens), Some(closes)) if closes.instant() < opens.instant());
        (!inverted).then_some(Window { opens, closes })
    }

    /// When it opens.
    pub fn opens(self) -> Option<Moment> {
        self.opens
    }

    /// When it closes.
    pub fn closes(self) -> Option<Moment> {
        self.closes
    }
}

impl TryFrom<(Option<Moment>, Option<Moment>)> for Window {
    type Error = &'static str;
    fn try_from((opens, closes): (Option<Moment>, Option<Moment>)) -> Result<Window, &'static str> {
        Window::new(opens, closes).ok_or("registration closes before it opens")
    }
}

impl From<Window> for (Option<Moment>, Option<Moment>) {
    fn from(window: Window) -> (Option<Moment>, Option<Moment>) {
        (window.opens, window.closes)
    }
}

/// How many may come, and for how many there is still room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(Option<u32>, Option<u32>)", into = "(Option<u32>, Option<u32>)")]
pub struct Capacity {
    total: Option<u32>,
    remaining: Option<u32>,
}

impl Capacity {
    /// `None` when more would remain than there are.
    pub fn new(total: Option<u32>, remaining: Option<u32>) -> Option<Capacity> {
        let over = matches!((total, remaining), (Some(total), Some(remaining)) if remaining > total);
        (!over).then_some(Capacity { total, remaining })
    }

    /// How many there are.
    pub fn total(self) -> Option<u32> {
        self.total
    }

    /// How many are left.
    pub fn remaining(self) -> Option<u32> {
        self.remaining
    }
}

impl TryFrom<(Option<u32>, Option<u32>)> for Capacity {
    type Error = &'static str;
    fn try_from((total, remaining): (Option<u32>, Option<u32>)) -> Result<Capacity, &'static str> {
        Capacity::new(total, remaining).ok_or("more places left than there are")
    }
}

impl From<Capacity> for (Option<u32>, Option<u32>) {
    fn from(capacity: Capacity) -> (Option<u32>, Option<u32>) {
        (capacity.total, capacity.remaining)
    }
}
