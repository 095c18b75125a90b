//! Events marked up by `itemscope` and `itemprop` (HTML §5): turned into the JSON-LD that says the same.

use scraper::ElementRef;
use serde_json::{Map, Value, json};

use super::tree::{below, words};

/// Items inside each other beyond which no more are entered.
const DEEPEST: usize = 8;
/// Properties of an item. More are looked at in vain: each may hold the same text again.
const MOST_PROPERTIES: usize = 200;

/// The items of a page that are of a type of schema.org and inside no other.
pub fn items(root: ElementRef<'_>, most: usize) -> Vec<Value> {
    let is_item = |element: ElementRef<'_>| element.attr("itemscope").is_some() && kind(element).is_some();
    below(root, is_item).filter(|element| is_item(*element)).take(most).map(|element| item(element, 0)).collect()
}

/// The type of an item, without the address of the vocabulary.
fn kind(element: ElementRef<'_>) -> Option<&str> {
    element
        .attr("itemtype")?
        .split_ascii_whitespace()
        .find_map(|kind| kind.split_once("schema.org/"))
        .map(|(_, kind)| kind)
}

fn item(element: ElementRef<'_>, depth: usize) -> Value {
    let mut members = Map::new();
    members.extend(kind(element).map(|kind| ("@type".to_owned(), json!(kind))));
    members.extend(element.attr("itemid").map(|id| ("@id".to_owned(), json!(id))));
    let is_item = |element: ElementRef<'_>| element.attr("itemscope").is_some();
    let named = below(element, is_item).filter_map(|inner| Some((inner, inner.attr("itemprop")?)));
    for (inner, names) in named.take(MOST_PROPERTIES) {
        let value = match is_item(inner) {
            true if depth == DEEPEST => continue,
            true => item(inner, depth + 1),
            false => json!(value(inner)),
        };
        for name in names.split_ascii_whitespace().take(MOST_PROPERTIES) {
            match members.get_mut(name) {
                None => drop(members.insert(name.to_owned(), value.clone())),
                Some(Value::Array(values)) => values.push(value.clone()),
                Some(first) => *first = json!([first.clone(), value]),
            }
        }
    }
    Value::Object(members)
}

/// What a property says (HTML §5.2.4).
fn value(element: ElementRef<'_>) -> String {
    let attribute = match element.value().name() {
        "meta" => element.attr("content"),
        "a" | "area" | "link" => element.attr("href"),
        "img" | "audio" | "video" | "source" | "iframe" | "embed" | "track" => element.attr("src"),
        "object" => element.attr("data"),
        "data" | "meter" => element.attr("value"),
        "time" => element.attr("datetime"),
        // An attribute that some put on any element.
        _ => element.attr("content"),
    };
    attribute.map_or_else(|| words(element), str::to_owned)
}
