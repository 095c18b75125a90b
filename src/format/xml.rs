//! XML in and out, bounded: one child of the root at a time as a small tree, and a writer that cannot be broken out of.
//!
//! Hides quick-xml. Reading refuses declarations of entities, unknown entities, depth and number beyond limits, and
//! truncated documents; namespaces are resolved, line ends normalised.

mod scope;

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};

use self::scope::Scope;
use crate::event::text::{is_xml_text, is_xml_text_but_for_returns, xml_text};

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

/// An element with all that is in it: names, values and text are the document's own wherever they stand there as they
/// are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element<'a> {
    /// Namespace name; empty for none, and a mark of ours for a prefix that nobody declared.
    pub namespace: Cow<'a, str>,
    /// Local name.
    pub name: Cow<'a, str>,
    /// Attributes in their order, without namespace declarations.
    pub attributes: Vec<Attribute<'a>>,
    /// Text and elements in their order; text is never empty and never two in a row.
    pub children: Vec<Node<'a>>,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Namespace name; empty for none.
    pub namespace: Cow<'a, str>,
    /// Local name.
    pub name: Cow<'a, str>,
    /// Its normalised value (XML 1.0 §3.3.3).
    pub value: Cow<'a, str>,
}

/// What stands inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// Character data.
    Text(Cow<'a, str>),
    /// An element.
    Element(Element<'a>),
}

impl<'a> Element<'a> {
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
        self.attributes.iter().find(|a| a.name == name && a.namespace == namespace).map(|a| &*a.value)
    }

    /// Its child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Its child elements of one name.
    pub fn all<'s>(&'s self, namespace: &'s str, name: &'s str) -> impl Iterator<Item = &'s Element<'a>> {
        self.elements().filter(move |element| element.is(namespace, name))
    }

    /// Its first child element of one name.
    pub fn first(&self, namespace: &str, name: &str) -> Option<&Element<'a>> {
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
}

/// Reads a document child by child.
pub struct Reader<'a> {
    text: &'a str,
    /// No character that XML forbids stands in the document as it is, so that only references are looked through.
    clean: bool,
    reader: quick_xml::Reader<&'a [u8]>,
    scope: Scope<'a>,
    limits: Limits,
    elements: usize,
    children: usize,
    /// Name of the child of the root that is looked through.
    through: &'static str,
    /// Elements open around the next child: the root, and one that is looked through. None behind the root's end.
    open: usize,
    /// Attributes of the tag being read, and children of the elements being read: room that is used again.
    said: Vec<(&'a str, Cow<'a, str>)>,
    inside: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    /// Reads up to the root's start tag, and gives the root without its children.
    ///
    /// # Errors
    /// [`XmlError`]; a document without a root is malformed.
    pub fn open(text: &'a str, limits: Limits) -> Result<(Reader<'a>, Element<'a>), XmlError> {
        let (reader, scope) = (quick_xml::Reader::from_str(text), Scope::default());
        let (said, inside) = Default::default();
        let clean = is_xml_text_but_for_returns(text);
        let mut this =
            Reader { text, clean, reader, scope, limits, elements: 0, children: 0, through: "", open: 1, said, inside };
        loop {
            let at = this.position();
            let event = this.reader.read_event().map_err(malformed)?;
            match event {
                Event::Start(start) => {
                    let root = this.element(&start, at)?;
                    return Ok((this, root));
                }
                Event::Empty(start) => {
                    let root = this.element(&start, at)?;
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
    pub fn next_child(&mut self) -> Result<Option<(Element<'a>, &'a str)>, XmlError> {
        while self.open > 0 {
            let from = self.position();
            let event = self.reader.read_event().map_err(malformed)?;
            match event {
                Event::Start(start) => {
                    self.count_child()?;
                    let element = self.element(&start, from)?;
                    if self.open == 1 && element.name == self.through {
                        self.open += 1;
                        continue;
                    }
                    let element = self.fill(element)?;
                    return Ok(Some((element, self.text.get(from..self.position()).unwrap_or_default())));
                }
                Event::Empty(start) => {
                    self.count_child()?;
                    let element = self.element(&start, from)?;
                    self.scope.close();
                    return Ok(Some((element, self.text.get(from..self.position()).unwrap_or_default())));
                }
                Event::End(_) => {
                    self.scope.close();
                    self.open -= 1;
                }
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
    fn fill(&mut self, root: Element<'a>) -> Result<Element<'a>, XmlError> {
        // Children of all open elements wait in one list, each element's from an index on, so that every element gets
        // a list of just the right length, once.
        let (mut open, mut inside) = (vec![(root, 0)], std::mem::take(&mut self.inside));
        loop {
            let at = self.position();
            let event = self.reader.read_event().map_err(malformed)?;
            let from = open.last().map_or(0, |(_, from)| *from);
            match event {
                Event::Start(start) => {
                    if open.len() >= self.limits.depth {
                        return Err(XmlError::TooMuch { what: "elements inside each other", most: self.limits.depth });
                    }
                    open.push((self.element(&start, at)?, inside.len()));
                }
                Event::Empty(start) => {
                    inside.push(Node::Element(self.element(&start, at)?));
                    self.scope.close();
                }
                Event::End(_) => {
                    self.scope.close();
                    let Some((mut done, from)) = open.pop() else {
                        return Err(XmlError::Malformed("unexpected end".to_owned()));
                    };
                    done.children = inside.drain(from..).collect();
                    if open.is_empty() {
                        self.inside = inside;
                        return Ok(done);
                    }
                    inside.push(Node::Element(done));
                }
                Event::Text(text) => push(&mut inside, from, self.plain(text.xml10_content())),
                Event::CData(text) => push(&mut inside, from, self.plain(text.xml10_content())),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(malformed)?;
                    let text = match character {
                        Some(c) => Cow::Owned(c.to_string()),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .map(Cow::Borrowed)
                            .ok_or_else(|| XmlError::Malformed(format!("unknown entity &{};", &*reference)))?,
                    };
                    push(&mut inside, from, self.plain(text));
                }
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Eof => return Err(XmlError::Malformed("the document is cut off".to_owned())),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// The element that `start`, which was read from `at` on, opens. It is left open.
    fn element(&mut self, start: &BytesStart<'_>, at: usize) -> Result<Element<'a>, XmlError> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            return Err(XmlError::TooMuch { what: "elements", most: self.limits.elements });
        }
        // quick-xml lends what it read for as long as `start` lives; the document lives longer.
        let tag = self.text.get(at + 1..at + 1 + start.len()).filter(|tag| std::ptr::eq(*tag, &**start));
        let tag = tag.ok_or_else(|| XmlError::Malformed("a tag that is not where it was read".to_owned()))?;
        let (name, _) = tag.split_at(start.name().as_ref().len());
        self.scope.open();
        self.said.clear();
        let mut kept = 0;
        // Names said twice are looked for here, in what is gathered anyway.
        for attribute in Attributes::new(tag, name.len()).with_checks(false) {
            let attribute = attribute.map_err(malformed)?;
            if self.said.len() == self.limits.attributes {
                return Err(XmlError::TooMuch { what: "attributes", most: self.limits.attributes });
            }
            let key = attribute.key.into_inner();
            if self.said.iter().any(|(other, _)| *other == key) {
                return Err(XmlError::Malformed(format!("the attribute {key} twice")));
            }
            let value = self.plain(attribute.normalized_value(XmlVersion::Implicit1_0).map_err(malformed)?);
            match declared(key) {
                Some(prefix) => self.scope.declare(prefix, value.clone())?,
                None => kept += 1,
            }
            self.said.push((key, value));
        }
        let (namespace, name) = self.scope.element(name)?;
        let mut attributes = Vec::with_capacity(kept);
        for (name, value) in self.said.drain(..).filter(|(name, _)| declared(name).is_none()) {
            let (namespace, name) = self.scope.attribute(name)?;
            attributes.push(Attribute { namespace, name: Cow::Borrowed(name), value });
        }
        Ok(Element { namespace, name: Cow::Borrowed(name), attributes, children: Vec::new() })
    }

    /// Without the characters that XML forbids: written as they are they would otherwise reach every output.
    fn plain<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match text {
            // A piece of the document; line ends and references make a text of their own.
            Cow::Borrowed(_) if self.clean => text,
            text if is_xml_text(&text) => text,
            text => Cow::Owned(xml_text(&text)),
        }
    }
}

/// The prefix that an attribute of this name declares: the empty one for the default namespace.
fn declared(name: &str) -> Option<&str> {
    match name.strip_prefix("xmlns")? {
        "" => Some(""),
        rest => rest.strip_prefix(':'),
    }
}

/// Adds to what stands inside the element whose children begin at `from`.
fn push<'a>(inside: &mut Vec<Node<'a>>, from: usize, text: Cow<'a, str>) {
    if text.is_empty() {
        return;
    }
    match inside.get_mut(from..).and_then(<[_]>::last_mut) {
        Some(Node::Text(before)) => before.to_mut().push_str(&text),
        _ => inside.push(Node::Text(text)),
    }
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

    fn read(text: &str) -> Result<Vec<Element<'_>>, XmlError> {
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

    #[test]
    fn an_attribute_said_twice_is_taken() {
        for twice in ["b='1' b='2'", "xmlns='u' b='1' xmlns='u'", "xmlns:b='u' xmlns:b='v'"] {
            assert!(matches!(read(&format!("<r><a {twice}/></r>")), Err(XmlError::Malformed(_))), "{twice}");
        }
    }

    #[test]
    fn text_of_one_element_runs_into_that_of_another() {
        let children = read("<r><a>1<b>2</b><b/>3<![CDATA[4]]>&#53;<c><d>6</d>7</c></a><a/></r>").unwrap();
        let text = |element: &Element<'_>| match &element.children[..] {
            [Node::Text(text)] => text.to_string(),
            other => format!("{} children", other.len()),
        };
        let [Node::Text(one), Node::Element(b), Node::Element(empty), Node::Text(more), Node::Element(c)] =
            &children[0].children[..]
        else {
            panic!("{children:?}")
        };
        assert_eq!((&**one, text(b), text(empty), &**more), ("1", "2".into(), "0 children".into(), "345"));
        assert_eq!((c.elements().map(text).collect::<Vec<_>>(), c.text().as_str()), (vec!["6".to_owned()], "67"));
        assert!(children[1].children.is_empty());
    }

    #[test]
    fn a_declaration_holds_beyond_its_element() {
        let text = "<r xmlns='u' xmlns:a='v'><a:x a:y='1' z='2'><x xmlns='' xmlns:a='w'/><a:x/></a:x><x/><b:x/></r>";
        let children = read(text).unwrap();
        let names = |e: &Element<'_>| format!("{}|{}", e.namespace, e.name);
        let inner: Vec<String> = children[0].elements().map(names).collect();
        assert_eq!((names(&children[0]), inner), ("v|x".to_owned(), vec!["|x".to_owned(), "v|x".to_owned()]));
        assert_eq!((children[0].attribute_of("v", "y"), children[0].attribute("z")), (Some("1"), Some("2")));
        assert_eq!(children[1..].iter().map(names).collect::<Vec<_>>(), ["u|x", "undeclared:b|x"]);
        for reserved in ["xmlns:xml='u'", "xmlns:xmlns='u'", "xmlns:a='http://www.w3.org/XML/1998/namespace'"] {
            assert!(matches!(read(&format!("<r><a {reserved}/></r>")), Err(XmlError::Malformed(_))), "{reserved}");
        }
        let many: String = (0..10)
            .map(|n| format!("<a {}>", (0..30).map(|m| format!(" xmlns:p{n}x{m}='u'")).collect::<String>()))
            .collect();
        assert!(matches!(read(&format!("<r>{many}")), Err(XmlError::TooMuch { .. })));
    }

    #[test]
    fn a_character_that_xml_forbids_passes_where_the_document_has_none() {
        for inside in ["&#1;", "&#x7F;", "&#13;&#1;", "\u{1}", "\u{9F}", "\u{FFFF}"] {
            let text = format!("<r><a b='x{inside}y'>x{inside}y</a></r>");
            let Ok(children) = read(&text) else { continue };
            let read = [children[0].attribute("b").unwrap().to_owned(), children[0].text()];
            assert!(read.iter().all(|text| text.replace('\n', "") == "xy"), "{inside:?}: {read:?}");
        }
        let children = read("<r><a>x&#1;y\r\nz</a><b>&#x7F;</b></r>").unwrap();
        assert_eq!((children[0].text().as_str(), children[1].text().as_str()), ("xy\nz", ""));
    }

    #[test]
    fn text_is_copied_that_stands_as_it_is_meant() {
        let children = read("<r><a b='c'>été</a><a b='&lt;'>x&amp;y\u{1}</a></r>").unwrap();
        let borrowed = |e: &Element<'_>| {
            let text = matches!(&e.children[..], [Node::Text(Cow::Borrowed(_))]);
            (matches!(e.attributes[0].value, Cow::Borrowed(_)), text)
        };
        assert_eq!((borrowed(&children[0]), borrowed(&children[1])), ((true, true), (false, false)));
        assert_eq!((children[1].attribute("b"), children[1].text().as_str()), (Some("<"), "x&y"));
    }
}
