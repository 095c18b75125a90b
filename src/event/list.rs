//! Lists of which most are empty and which many events have in common.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list: an empty one takes the room of one pointer, and clones share the items until one of them is changed. An entry
/// and the event that is published from it have nearly all their lists in common.
pub struct List<T>(Option<Arc<Vec<T>>>);

impl<T> List<T> {
    /// A list of nothing.
    pub const fn new() -> List<T> {
        List(None)
    }

    /// Its items in their order.
    pub fn as_slice(&self) -> &[T] {
        self.0.as_ref().map_or(&[], |items| items.as_slice())
    }
}

impl<T: Clone> List<T> {
    /// The items, to change them; other clones keep what they have.
    pub fn edit(&mut self) -> &mut Vec<T> {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    /// The items one by one, to change them; other clones keep what they have.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.as_mut().map_or(&mut [][..], |items| Arc::make_mut(items).as_mut_slice()).iter_mut()
    }

    /// Adds one at the end.
    pub fn push(&mut self, item: T) {
        self.edit().push(item);
    }

    /// Keeps those that `wanted` takes. Items that are shared stay so when it takes them all.
    pub fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        if !self.iter().all(&wanted) {
            self.edit().retain(wanted);
        }
    }

    /// Changes each as `wanted` does and keeps those that it takes.
    pub fn retain_mut(&mut self, wanted: impl FnMut(&mut T) -> bool) {
        if !self.is_empty() {
            self.edit().retain_mut(wanted);
        }
    }

    /// Changes those that are `faulty`. Items that are shared stay so when none is.
    pub fn mend(&mut self, faulty: impl Fn(&T) -> bool, mend: impl FnMut(&mut T)) {
        if self.iter().any(&faulty) {
            self.edit().iter_mut().filter(|item| faulty(item)).for_each(mend);
        }
    }

    /// Gives back the room that the list took while it grew.
    pub fn shrink(&mut self) {
        if self.is_empty() {
            self.0 = None;
        } else if let Some(items) = self.0.as_mut().and_then(Arc::get_mut) {
            items.shrink_to_fit();
        }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> List<T> {
        List(self.0.clone())
    }
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List(None)
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &List<T>) -> bool {
        let shared = matches!((&self.0, &other.0), (Some(a), Some(b)) if Arc::ptr_eq(a, b));
        shared || self.as_slice() == other.as_slice()
    }
}

impl<T: Eq> Eq for List<T> {}

impl<T: std::hash::Hash> std::hash::Hash for List<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(mut items: Vec<T>) -> List<T> {
        items.shrink_to_fit();
        List((!items.is_empty()).then(|| Arc::new(items)))
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> List<T> {
        List::from(items.into_iter().collect::<Vec<T>>())
    }
}

impl<T: Clone> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_some() {
            self.edit().extend(items);
        }
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> std::slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> std::slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T: Clone> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> std::vec::IntoIter<T> {
        self.0.map(Arc::unwrap_or_clone).unwrap_or_default().into_iter()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.as_slice().serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<List<T>, D::Error> {
        Vec::deserialize(from).map(List::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_that_is_changed_changes_no_other() {
        let first: List<u8> = vec![1, 2].into();
        let mut second = first.clone();
        second.push(3);
        assert_eq!((&*first, &*second), (&[1, 2][..], &[1, 2, 3][..]));
    }

    #[test]
    fn a_list_that_was_emptied_is_not_another_empty_list() {
        let mut emptied: List<u8> = vec![1].into();
        emptied.retain(|_| false);
        assert_eq!(emptied, List::new());
        emptied.shrink();
        assert!(emptied.0.is_none());
    }

    #[test]
    fn keeping_all_of_a_shared_list_copies_nothing() {
        let first: List<u8> = vec![1, 2].into();
        let mut second = first.clone();
        second.retain(|_| true);
        second.shrink();
        assert!(matches!((&first.0, &second.0), (Some(a), Some(b)) if Arc::ptr_eq(a, b)));
    }
}
