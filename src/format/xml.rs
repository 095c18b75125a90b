//! XML in and out, bounded: one child of the root at a time as a small tree, and a writer that cannot be broken out of.
//!
//! Hides quick-xml. Reading refuses declarations of entities, unknown entities, depth and number beyond limits, and
//! truncated documents; namespaces are resolved, line ends normalised.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion};

use crate::event::text::xml_text;

/// The namespace of `xml:lang` and `xml:base`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Not well-formed, or cut off.
    #[error("not well-formed: {0}")]
    Malformed(String),
    /// It has a document type that declares something, or one where none can stand.
    #[error("it has a DOCTYPE")]
    Doctype,
    /// Past one of the [`Limits`].
    #[error("more than {most} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
}

/// What a document may not exceed. The size in bytes is the fetch's affair.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Elements inside each other.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Elements in all.
    pub elements: usize,
    /// Children of the root.
    pub children: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 64, attributes: 64, elements: 200_000, children: 5_100 }
    }
}

/// An element with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Namespace name; empty for none, or for a prefix that nobody declared.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Attributes in their order, without namespace declarations.
    pub attributes: Vec<Attribute>,
    /// Text and elements in their order; text is never empty and never two in a row.
    pub children: Vec<Node>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Namespace name; empty for none.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Its normalised value (XML 1.0 §3.3.3).
    pub value: String,
}

/// What stands inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Character data.
    Text(String),
    /// An element.
    Element(Element),
}

impl Element {
    /// Whether it is this element of this namespace.
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The value of an attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_of("", name)
    }

    /// The value of an attribute of a namespace.
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.name == name && a.namespace == namespace).map(|a| a.value.as_str())
    }

    /// Its child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Its child elements of one name.
    pub fn all<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.is(namespace, name))
    }

    /// Its first child element of one name.
    pub fn first(&self, namespace: &str, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.is(namespace, name))
    }

    /// All text in it, however deep.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.collect_text(&mut out);
        out
    }

    fn collect_text(&self, out: &mut String) {
        for child in &self.children {
            match child {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => element.collect_text(out),
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Node::Text(before)) = self.children.last_mut() {
            before.push_str(text);
        } else {
            self.children.push(Node::Text(text.to_owned()));
        }
    }
}

/// Reads a document child by child.
pub struct Reader<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    limits: Limits,
    elements: usize,
    children: usize,
    /// Name of the child of the root that is looked through.
    through: &'static str,
    /// Elements open around the next child: the root, and one that is looked through. None behind the root's end.
    open: usize,
}

impl<'a> Reader<'a> {
    /// Reads up to the root's start tag, and gives the root without its children.
    ///
    /// # Errors
    /// [`XmlError`]; a document without a root is malformed.
    pub fn open(text: &'a str, limits: Limits) -> Result<(Reader<'a>, Element), XmlError> {
        let reader = NsReader::from_str(text);
        let mut this = Reader { text, reader, limits, elements: 0, children: 0, through: "", open: 1 };
        loop {
            let event = this.reader.read_event().map_err(malformed)?;
            match event {
                Event::Start(start) => {
                    let root = this.element(&start)?;
                    return Ok((this, root));
                }
                Event::Empty(start) => {
                    let root = this.element(&start)?;
                    this.open = 0;
                    return Ok((this, root));
                }
                // One that only names a DTD, as RSS 0.91 asked for, declares nothing: the DTD is never fetched.
                Event::DocType(doctype) if doctype.contains(['[', '<']) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed("no element".to_owned())),
                Event::Text(text) if !text.trim().is_empty() => {
                    return Err(XmlError::Malformed("text before the first element".to_owned()));
                }
                Event::GeneralRef(_) => return Err(XmlError::Malformed("text before the first element".to_owned())),
                _ => {}
            }
        }
    }

    /// Looks through a child of the root: its children are given as if they were the root's, as RSS keeps its items
    /// inside `channel` in some versions and beside it in others.
    pub fn look_through(&mut self, name: &'static str) {
        self.through = name;
    }

    /// The next child element of the root with all that is in it, and its source text; `None` at the root's end.
    ///
    /// # Errors
    /// [`XmlError`], also when the document ends before its root does.
    pub fn next_child(&mut self) -> Result<Option<(Element, &'a str)>, XmlError> {
        while self.open > 0 {
            let from = self.position();
            let event = self.reader.read_event().map_err(malformed)?;
            match event {
                Event::Start(start) => {
                    self.count_child()?;
                    let element = self.element(&start)?;
                    if self.open == 1 && element.name == self.through {
                        self.open += 1;
                        continue;
                    }
                    let element = self.fill(element)?;
                    return Ok(Some((element, self.text.get(from..self.position()).unwrap_or_default())));
                }
                Event::Empty(start) => {
                    self.count_child()?;
                    let element = self.element(&start)?;
                    return Ok(Some((element, self.text.get(from..self.position()).unwrap_or_default())));
                }
                Event::End(_) => self.open -= 1,
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed("the document is cut off".to_owned())),
                _ => {}
            }
        }
        Ok(None)
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    fn count_child(&mut self) -> Result<(), XmlError> {
        self.children += 1;
        if self.children > self.limits.children {
            return Err(XmlError::TooMuch { what: "entries", most: self.limits.children });
        }
        Ok(())
    }

    /// Reads on to the end of `root`, which was just opened. Iterative: depth is bounded by the limit, not the stack.
    fn fill(&mut self, root: Element) -> Result<Element, XmlError> {
        let mut open = vec![root];
        loop {
            let event = self.reader.read_event().map_err(malformed)?;
            match event {
                Event::Start(start) => {
                    if open.len() >= self.limits.depth {
                        return Err(XmlError::TooMuch { what: "elements inside each other", most: self.limits.depth });
                    }
                    open.push(self.element(&start)?);
                }
                Event::Empty(start) => {
                    let element = self.element(&start)?;
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(Node::Element(element));
                    }
                }
                Event::End(_) => {
                    let Some(done) = open.pop() else { return Err(XmlError::Malformed("unexpected end".to_owned())) };
                    match open.last_mut() {
                        None => return Ok(done),
                        Some(parent) => parent.children.push(Node::Element(done)),
                    }
                }
                Event::Text(text) => push(&mut open, &text.xml10_content()),
                Event::CData(text) => push(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(malformed)?;
                    let text = match character {
                        Some(c) => xml_text(&c.to_string()),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or_else(|| XmlError::Malformed(format!("unknown entity &{};", &*reference)))?
                            .to_owned(),
                    };
                    push(&mut open, &text);
                }
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed("the document is cut off".to_owned())),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<Element, XmlError> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(XmlError::TooMuch { what: "elements", most: self.limits.elements });
        }
        let resolver = self.reader.resolver();
        let (namespace, local) = resolver.resolve_element(start.name());
        let mut element = Element {
            namespace: namespace_name(&namespace)?,
            name: local.as_ref().to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
        };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(malformed)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            if element.attributes.len() == self.limits.attributes {
                return Err(XmlError::TooMuch { what: "attributes", most: self.limits.attributes });
            }
            let (namespace, local) = resolver.resolve_attribute(attribute.key);
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?;
            element.attributes.push(Attribute {
                namespace: namespace_name(&namespace)?,
                name: local.as_ref().to_owned(),
                value: xml_text(&value),
            });
        }
        Ok(element)
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        // Forbidden characters written as they are would otherwise reach every output.
        element.push_text(&xml_text(text));
    }
}

/// Longer namespace names than any that is used; each element holds its own.
const LONGEST_NAMESPACE: usize = 300;

fn namespace_name(namespace: &ResolveResult<'_>) -> Result<String, XmlError> {
    let name = match namespace {
        // quick-xml gives the attribute as it is written.
        ResolveResult::Bound(namespace) => quick_xml::escape::unescape(namespace.as_ref())
            .map_or_else(|_| namespace.as_ref().to_owned(), std::borrow::Cow::into_owned),
        // A prefix that nobody declared names nothing we know; the mark keeps it from being taken for "no namespace".
        ResolveResult::Unknown(prefix) => format!("undeclared:{}", String::from_utf8_lossy(prefix.as_ref())),
        ResolveResult::Unbound => String::new(),
    };
    if name.len() > LONGEST_NAMESPACE {
        return Err(XmlError::TooMuch { what: "characters in a namespace", most: LONGEST_NAMESPACE });
    }
    Ok(name)
}

fn malformed(error: impl std::fmt::Display) -> XmlError {
    XmlError::Malformed(error.to_string())
}

/// Writes elements with their attributes and text escaped, two spaces a level.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// Starts at a depth of indentation.
    pub fn at(depth: usize) -> Writer {
        Writer { out: String::new(), depth }
    }

    /// What was written, each element on a line of its own.
    pub fn finish(self) -> String {
        self.out
    }

    /// An element without children or text.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push_str("/>\n");
    }

    /// An element with text, or an empty one without.
    pub fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: Option<&str>) {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return self.empty(name, attributes) };
        self.start(name, attributes);
        self.out.push('>');
        escape_into(text, false, &mut self.out);
        self.out.push_str(&format!("</{name}>\n"));
    }

    /// An element with what `inside` writes; an empty one when that is nothing.
    pub fn nest(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Writer)) {
        self.start(name, attributes);
        let before = self.out.len();
        self.out.push_str(">\n");
        let opened = self.out.len();
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.out.len() == opened {
            self.out.truncate(before);
            self.out.push_str("/>\n");
        } else {
            self.indent();
            self.out.push_str(&format!("</{name}>\n"));
        }
    }

    /// Text that is XML already, on a line of its own.
    pub fn raw(&mut self, xml: &str) {
        self.indent();
        self.out.push_str(xml);
        self.out.push('\n');
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push_str(&format!(" {name}=\""));
            escape_into(value, true, &mut self.out);
            self.out.push('"');
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
    }
}

/// Escapes for content, or for an attribute between double quotes, where line ends must be written as references to
/// be read back (XML 1.0 §3.3.3).
pub fn escape_into(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Element>, XmlError> {
        let (mut reader, _) = Reader::open(text, Limits::default())?;
        let mut children = Vec::new();
        while let Some((child, _)) = reader.next_child()? {
            children.push(child);
        }
        Ok(children)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let hostile = "a\tb\nc \"<&>' ]]> </x>";
        let mut writer = Writer::default();
        writer.nest("r", &[], |w| w.text("x", &[("a", hostile)], Some(hostile)));
        let xml = writer.finish();
        let children = read(&xml).unwrap();
        assert_eq!(children[0].attribute("a"), Some(hostile));
        assert_eq!(children[0].text(), hostile);
    }

    #[test]
    fn the_source_text_of_a_child_is_exactly_its_own() {
        let text = "<r xmlns='u'> <a>é</a>\n<b/></r>";
        let (mut reader, root) = Reader::open(text, Limits::default()).unwrap();
        assert!(root.is("u", "r"));
        assert_eq!(reader.next_child().unwrap().unwrap().1, "<a>é</a>");
        assert_eq!(reader.next_child().unwrap().unwrap().1, "<b/>");
        assert_eq!(reader.next_child().unwrap(), None);
    }

    #[test]
    fn bombs_depth_truncation_and_doctypes_are_refused() {
        let deep = format!("<r>{}{}</r>", "<a>".repeat(3_000), "</a>".repeat(3_000));
        assert!(matches!(read(&deep), Err(XmlError::TooMuch { .. })));
        let wide = format!("<r><a {}/></r>", (0..100).map(|i| format!("a{i}='' ")).collect::<String>());
        assert!(matches!(read(&wide), Err(XmlError::TooMuch { .. })));
        let many = format!("<r>{}</r>", "<a/>".repeat(6_000));
        assert!(matches!(read(&many), Err(XmlError::TooMuch { .. })));
        let bomb = "<!DOCTYPE r [<!ENTITY a 'x'>]><r>&a;</r>";
        assert_eq!(read(bomb), Err(XmlError::Doctype));
        for broken in
            ["", "  ", "<r><a></r>", "<r><a>", "<r>", "<r><a b=1/></r>", "<r><a>&b;</a></r>", "<r><a>x & y</a></r>"]
        {
            assert!(matches!(read(broken), Err(XmlError::Malformed(_))), "{broken}");
        }
    }

    #[test]
    fn a_document_type_that_declares_nothing_costs_no_feed() {
        let plain =
            "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"rss-0.91.dtd\"><r><a/></r>";
        assert_eq!(read(plain).unwrap().len(), 1);
        assert_eq!(read("<r><!DOCTYPE r><a/></r>"), Err(XmlError::Doctype));
    }

    #[test]
    fn what_is_looked_through_must_end_like_all_else() {
        let names = |text| {
            let (mut reader, _) = Reader::open(text, Limits::default())?;
            reader.look_through("c");
            let mut names = Vec::new();
            while let Some((child, _)) = reader.next_child()? {
                names.push(child.name);
            }
            Ok::<_, XmlError>(names)
        };
        assert_eq!(names("<r><a/><c><b/><c/></c><d/></r>").unwrap(), ["a", "b", "c", "d"]);
        assert!(names("<r><c><b/></c>").is_err() && names("<r><c><b/>").is_err());
    }

    #[test]
    fn an_undeclared_prefix_is_no_namespace_of_ours() {
        let children = read("<r><evt:event/></r>").unwrap();
        assert_eq!(children[0].namespace, "undeclared:evt");
    }
}
