//! What a feed says beyond the profile, kept so that republishing loses nothing: attributes and elements of other
//! namespaces, and of ours in a later version.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{Name, xml_text};

/// The name of an attribute or element: its namespace, empty for none, and its local name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QName {
    /// Namespace name, or empty.
    pub namespace: String,
    /// Local name.
    pub name: Name,
}

/// One preserved element with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Element {
    /// Its name.
    pub name: QName,
    /// Its attributes, without namespace declarations.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<QName, String>,
    /// Text and elements in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// What stands inside a preserved element.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Node {
    /// Character data, never empty, never two in a row.
    Text(String),
    /// An element.
    Element(Element),
}

/// Preserved attributes and elements of one place in the profile. Nearly always there are none, so that none take no room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Preserved", into = "Preserved")]
pub struct Foreign(Option<Arc<Preserved>>);

/// What is preserved; of a [`Foreign`] that has some, never nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
struct Preserved {
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<QName, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    elements: Vec<Element>,
}

impl From<Preserved> for Foreign {
    fn from(preserved: Preserved) -> Foreign {
        let nothing = preserved.attributes.is_empty() && preserved.elements.is_empty();
        Foreign((!nothing).then(|| Arc::new(preserved)))
    }
}

impl From<Foreign> for Preserved {
    fn from(foreign: Foreign) -> Preserved {
        foreign.0.map(Arc::unwrap_or_clone).unwrap_or_default()
    }
}

impl Foreign {
    /// Keeps attributes and elements in canonical form: text as XML gives it back, no empty text, space between
    /// elements gone where no other text stands beside it, siblings of one name in their order and otherwise
    /// sorted by name.
    /// What is of a namespace whose name is no URI is left out: some readers refuse a whole feed for it.
    pub fn new(attributes: BTreeMap<QName, String>, elements: Vec<Element>) -> Foreign {
        let mut elements: Vec<Element> = elements.into_iter().filter_map(canonical).collect();
        elements.sort_by(|a, b| a.name.cmp(&b.name));
        Foreign::from(Preserved { attributes: canonical_attributes(attributes), elements })
    }

    /// Nothing was said beyond the profile.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The attributes by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&QName, &String)> {
        self.0.iter().flat_map(|preserved| &preserved.attributes)
    }

    /// The elements, sorted by name.
    pub fn elements(&self) -> &[Element] {
        self.0.as_ref().map_or(&[], |preserved| &preserved.elements)
    }

    /// Puts another text where `ask` gives one, in values of attributes and in character data.
    pub fn revise(&mut self, ask: &mut impl FnMut(&str) -> Option<String>) {
        if let Some(preserved) = &mut self.0 {
            let preserved = Arc::make_mut(preserved);
            revise_attributes(&mut preserved.attributes, ask);
            preserved.elements.iter_mut().for_each(|element| revise(element, ask));
        }
    }
}

fn revise_attributes(attributes: &mut BTreeMap<QName, String>, ask: &mut impl FnMut(&str) -> Option<String>) {
    for value in attributes.values_mut() {
        if let Some(new) = ask(value) {
            *value = xml_text(&new);
        }
    }
}

/// Elements nest no deeper than their reader lets them.
fn revise(element: &mut Element, ask: &mut impl FnMut(&str) -> Option<String>) {
    revise_attributes(&mut element.attributes, ask);
    for child in &mut element.children {
        match child {
            Node::Element(element) => revise(element, ask),
            Node::Text(text) => {
                if let Some(new) = ask(text).map(|new| xml_text(&new)).filter(|new| !new.is_empty()) {
                    *text = new;
                }
            }
        }
    }
}

/// The two names that XML keeps for itself: no element may be of them, and no attribute of the second.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Whether an element may be of a namespace: one that every reader takes, and not one of XML's own.
pub fn is_element_namespace(name: &str) -> bool {
    name != XML && is_namespace(name)
}

/// Whether a namespace name is one that every XML reader takes: none, or an absolute URI of plain ASCII.
pub fn is_namespace(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    name.is_empty() || (name != XMLNS && name.len() <= 300 && name.bytes().all(plain) && url::Url::parse(name).is_ok())
}

fn canonical_attributes(attributes: BTreeMap<QName, String>) -> BTreeMap<QName, String> {
    let kept = attributes.into_iter().filter(|(name, _)| is_namespace(&name.namespace));
    kept.map(|(name, value)| (name, xml_text(&value))).collect()
}

fn canonical(element: Element) -> Option<Element> {
    if !is_element_namespace(&element.name.namespace) {
        return None;
    }
    let attributes = canonical_attributes(element.attributes);
    let mut children: Vec<Node> = Vec::with_capacity(element.children.len());
    for child in element.children {
        match child {
            Node::Element(element) => children.extend(canonical(element).map(Node::Element)),
            Node::Text(text) => {
                let text = xml_text(&text);
                match children.last_mut() {
                    Some(Node::Text(before)) => before.push_str(&text),
                    _ if text.is_empty() => {}
                    _ => children.push(Node::Text(text)),
                }
            }
        }
    }
    let blank = |node: &Node| matches!(node, Node::Text(text) if text.chars().all(|c| c.is_ascii_whitespace()));
    let mixed = children.iter().any(|node| matches!(node, Node::Text(_)) && !blank(node));
    if !mixed && children.iter().any(|node| matches!(node, Node::Element(_))) {
        children.retain(|node| !blank(node));
    }
    Some(Element { name: element.name, attributes, children })
}

/// JSON objects want string keys; a qualified name is written as a pair beside its value.
mod pairs {
    use super::{BTreeMap, QName};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(map: &BTreeMap<QName, String>, to: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<QName, String>, D::Error> {
        Ok(Vec::<(QName, String)>::deserialize(from)?.into_iter().collect())
    }
}
