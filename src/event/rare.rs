//! Room for what an event may have and mostly has not.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that few have: to have none takes the room of one pointer, and clones share the one there is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rare<T>(Option<Arc<T>>);

impl<T> Rare<T> {
    /// The value, if there is one.
    pub fn as_ref(&self) -> Option<&T> {
        self.0.as_deref()
    }

    /// Whether there is one.
    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The value, if there is one, as a sequence.
    pub fn iter(&self) -> std::option::IntoIter<&T> {
        self.as_ref().into_iter()
    }
}

impl<T: Clone> Rare<T> {
    /// The value, to change it; other clones keep what they have.
    pub fn as_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(Arc::make_mut)
    }

    /// The value, if there is one, as a sequence, to change it; other clones keep what they have.
    pub fn iter_mut(&mut self) -> std::option::IntoIter<&mut T> {
        self.as_mut().into_iter()
    }

    /// The value, to change it: made by `new` if there is none.
    pub fn get_or_insert_with(&mut self, new: impl FnOnce() -> T) -> &mut T {
        Arc::make_mut(self.0.get_or_insert_with(|| Arc::new(new())))
    }

    /// Takes the value out, if there is one.
    pub fn take(&mut self) -> Option<T> {
        self.0.take().map(Arc::unwrap_or_clone)
    }

    /// A copy of the value, if there is one.
    pub fn cloned(&self) -> Option<T> {
        self.as_ref().cloned()
    }
}

impl<T> Default for Rare<T> {
    fn default() -> Rare<T> {
        Rare(None)
    }
}

impl<T> From<T> for Rare<T> {
    fn from(value: T) -> Rare<T> {
        Rare(Some(Arc::new(value)))
    }
}

impl<T> From<Option<T>> for Rare<T> {
    fn from(value: Option<T>) -> Rare<T> {
        Rare(value.map(Arc::new))
    }
}

impl<'a, T> IntoIterator for &'a Rare<T> {
    type Item = &'a T;
    type IntoIter = std::option::IntoIter<&'a T>;
    fn into_iter(self) -> std::option::IntoIter<&'a T> {
        self.iter()
    }
}

impl<T: fmt::Debug> fmt::Debug for Rare<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

// As an `Option` is written.
impl<T: Serialize> Serialize for Rare<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_ref().serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rare<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rare<T>, D::Error> {
        Option::deserialize(from).map(Rare::from)
    }
}
