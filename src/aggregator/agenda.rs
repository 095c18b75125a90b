//! An agenda of OpenAgenda as one document, though it comes page by page.
//!
//! All pages or a failure: half an agenda must not look like a shorter one. What a page holds and where the next one
//! is, is known to [`parse::openagenda`]; this file asks.

use bytes::Bytes;
use jiff::Timestamp;

use crate::event::Address;
use crate::fetch::{Answer, Fetcher, Fresh, Headers, Request};
use crate::parse::openagenda::{self, Page};
use crate::programme::{Failure, FailureKind};

/// Pages of one agenda; with the size of each, as many events as any source may have.
const MOST_PAGES: usize = 20;
/// Bytes of all pages of one agenda.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Fetches an agenda, whether its address is that of its export or of its page for people.
///
/// # Errors
/// A [`Failure`], also when only some of its pages could be had.
pub(super) async fn get(fetcher: &Fetcher, address: &Address, now: Timestamp) -> Result<Answer, Failure> {
    let export = match openagenda::export(address) {
        Some(export) => export,
        None => {
            let page = fetch(fetcher, address, now).await?;
            let text = String::from_utf8_lossy(&page.body);
            openagenda::export_named_in(&text, address)
                .ok_or_else(|| failure(FailureKind::NotAFeed, "the page names no agenda".to_owned()))?
        }
    };
    let mut events = Vec::new();
    let (mut bytes, mut total, mut seen) = (0, None, Vec::new());
    let mut next = Some(export.clone());
    let mut headers = Headers::default();
    while let Some(address) = next.take() {
        if seen.len() == MOST_PAGES || seen.contains(&address) {
            return Err(failure(FailureKind::TooLarge, format!("more than {MOST_PAGES} pages, or pages without end")));
        }
        let fresh = fetch(fetcher, &address, now).await?;
        seen.push(address);
        bytes += fresh.body.len();
        if bytes > MOST_BYTES {
            return Err(failure(FailureKind::TooLarge, format!("more than {MOST_BYTES} bytes")));
        }
        if seen.len() == 1 {
            // What validates the first page does not validate the others.
            headers = Headers { etag: None, last_modified: None, ..fresh.headers };
        }
        let read = tokio::task::spawn_blocking(move || Page::read(&String::from_utf8_lossy(&fresh.body))).await;
        let page = read.ok().and_then(Result::ok);
        let page =
            page.ok_or_else(|| failure(FailureKind::NotAFeed, format!("page {} is no page of an agenda", seen.len())))?;
        total = total.or(page.total);
        next = page.next(&export, events.len());
        events.extend(page.events);
    }
    if let Some(total) = total.filter(|total| events.len() < *total) {
        return Err(failure(FailureKind::Body, format!("{} of {total} events came", events.len())));
    }
    let body = Bytes::from(openagenda::whole(events));
    let (content_type, address) = (Some("application/json".to_owned()), export.as_str().to_owned());
    Ok(Answer::Fresh(Fresh { body, content_type, headers, address, moved: None }))
}

async fn fetch(fetcher: &Fetcher, address: &Address, now: Timestamp) -> Result<Fresh, Failure> {
    let request = Request { address: address.as_str(), ..Request::default() };
    match fetcher.get(request, now).await? {
        Answer::Fresh(fresh) => Ok(fresh),
        // Not asked for, so an answer that says nothing.
        Answer::Unchanged { .. } => Err(failure(FailureKind::Status, "304 without a question".to_owned())),
    }
}

fn failure(kind: FailureKind, detail: String) -> Failure {
    Failure { kind, detail, retry_after: None }
}
