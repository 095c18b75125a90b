//! Atom as it was before RFC 4287, and Atom that forgot to name its namespace: renamed, once read, to what it is now.

use super::ATOM;
use crate::format::xml::{Attribute, Element, Node};

/// Atom 0.3, of 2003, which some sites still serve.
const ATOM_03: &str = "http://purl.org/atom/ns#";

/// The namespace of a root that means Atom and does not say so.
pub(super) fn namespace<'r>(root: &'r Element<'_>) -> Option<&'r str> {
    let elder = root.namespace.is_empty() || root.namespace == ATOM_03;
    (elder && matches!(&*root.name, "feed" | "entry")).then_some(&*root.namespace)
}

/// Renames an element of `from` and all in it.
pub(super) fn renew(element: &mut Element, from: &str) {
    if element.namespace == from {
        element.namespace = ATOM.into();
        let name = match &*element.name {
            "issued" => Some("published"),
            "modified" => Some("updated"),
            "tagline" => Some("subtitle"),
            "copyright" => Some("rights"),
            "url" => Some("uri"),
            _ => None,
        };
        if let Some(name) = name {
            element.name = name.into();
        }
        renew_type(element);
    }
    for child in &mut element.children {
        if let Node::Element(child) = child {
            renew(child, from);
        }
    }
}

/// Atom 0.3 tells the type of a text by its media type and by how it is escaped; RFC 4287 by one of three words.
fn renew_type(element: &mut Element) {
    if !matches!(&*element.name, "title" | "summary" | "content" | "rights" | "subtitle") {
        return;
    }
    let media = element.attribute("type").unwrap_or_default();
    let word = match media {
        "text/html" | "application/xhtml+xml" if element.attribute("mode") == Some("escaped") => "html",
        "text/html" | "application/xhtml+xml" if element.elements().count() == 1 => "xhtml",
        "text/html" => "html",
        "text/plain" => "text",
        _ => return,
    };
    element.attributes.retain(|attribute| attribute.name != "type" && attribute.name != "mode");
    element.attributes.push(Attribute { namespace: "".into(), name: "type".into(), value: word.into() });
}
