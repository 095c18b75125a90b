//! Pages that were rendered for the snapshot now published, and no more of them than fit.
//!
//! A page is a function of its key, the tongue, the day and the snapshot. The cache holds the pages of one snapshot
//! only; another one empties it. What is kept is bounded by number and by bytes, the oldest leaving first: addresses
//! are the asker's to invent, memory is ours.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::civil::Date;

use super::ask::Filter;
use crate::language::Tongue;
use crate::programme::Slug;
use crate::snapshot::{Document, Snapshot};

/// What a page shows, all that it depends on beside the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which page.
    pub page: Page,
    /// In which language.
    pub tongue: Tongue,
    /// The language was chosen in the address, so that links keep it.
    pub chosen: bool,
    /// The day that is today.
    pub today: Date,
}

/// The pages that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Page {
    /// The list, as filtered.
    Home(Filter),
    /// One event.
    Event(Slug),
    /// The calendar that shows the cancelled.
    Shown,
    /// One event in a format, by its extension.
    Format(Slug, &'static str),
    /// The list for other people's pages, so many events of it.
    Embed(Filter, usize),
    /// What is new and what changed.
    News,
    /// Every page, for search engines.
    Sitemap,
    /// Events as data, as filtered, so many to a page.
    Api(Filter, usize),
}

/// Pages of one snapshot.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    of: Option<Arc<Snapshot>>,
    pages: HashMap<Key, Arc<Document>>,
    /// In the order they came.
    order: VecDeque<Key>,
    bytes: usize,
}

/// A programme of 350 events in two languages, some filters beside.
const MOST_PAGES: usize = 1024;
/// All encodings counted that a page may be asked for in.
const MOST_BYTES: usize = 32 * 1024 * 1024;

impl Cache {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A thread that panicked while it held the lock left a map that is whole: it only ever moves finished values.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The page, if it was rendered for this snapshot.
    pub fn get(&self, snapshot: &Arc<Snapshot>, key: &Key) -> Option<Arc<Document>> {
        let kept = self.lock();
        let same = kept.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, snapshot));
        if same { kept.pages.get(key).cloned() } else { None }
    }

    /// Keeps a page that was rendered for this snapshot.
    pub fn put(&self, snapshot: &Arc<Snapshot>, key: Key, page: &Arc<Document>) {
        let weight = page.weight();
        if weight > MOST_BYTES / 4 {
            return;
        }
        let mut kept = self.lock();
        if !kept.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, snapshot)) {
            *kept = Kept { of: Some(Arc::clone(snapshot)), ..Kept::default() };
        }
        if kept.pages.contains_key(&key) {
            return;
        }
        while kept.order.len() >= MOST_PAGES || kept.bytes + weight > MOST_BYTES {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some(page) = kept.pages.remove(&oldest) {
                kept.bytes -= page.weight();
            }
        }
        kept.bytes += weight;
        kept.order.push_back(key.clone());
        kept.pages.insert(key, Arc::clone(page));
    }

    /// How many pages and bytes are kept.
    #[cfg(test)]
    pub fn size(&self) -> (usize, usize) {
        let kept = self.lock();
        assert_eq!(kept.pages.len(), kept.order.len());
        (kept.pages.len(), kept.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::fixture;

    fn key(number: usize) -> Key {
        let page = Page::Event(Slug::new(&format!("e{number}")).unwrap());
        Key { page, tongue: Tongue::French, chosen: false, today: jiff::civil::date(2024, 11, 6) }
    }

    #[test]
    fn the_page_cache_is_bounded_by_number_and_by_bytes() {
        let snapshot = Arc::new(fixture::snapshot());
        let cache = Cache::default();
        let small = Arc::new(Document::new("text/html", jiff::Timestamp::UNIX_EPOCH, vec![b'x'; 10]));
        for number in 0..3 * MOST_PAGES {
            cache.put(&snapshot, key(number), &small);
        }
        assert_eq!(cache.size(), (MOST_PAGES, MOST_PAGES * small.weight()));
        assert!(cache.get(&snapshot, &key(0)).is_none() && cache.get(&snapshot, &key(3 * MOST_PAGES - 1)).is_some());
        let large = Arc::new(Document::new("text/html", jiff::Timestamp::UNIX_EPOCH, vec![b'x'; 2_000_000]));
        for number in 0..40 {
            cache.put(&snapshot, key(100_000 + number), &large);
        }
        assert!(cache.size().1 <= MOST_BYTES);
    }

    #[test]
    fn another_snapshot_empties_the_cache() {
        let (one, two) = (Arc::new(fixture::snapshot()), Arc::new(fixture::snapshot()));
        let cache = Cache::default();
        let page = Arc::new(Document::new("text/html", jiff::Timestamp::UNIX_EPOCH, b"x".to_vec()));
        cache.put(&one, key(1), &page);
        assert!(cache.get(&one, &key(1)).is_some() && cache.get(&two, &key(1)).is_none());
        cache.put(&two, key(2), &page);
        assert!(cache.get(&one, &key(1)).is_none());
        assert_eq!(cache.size().0, 1);
    }
}
