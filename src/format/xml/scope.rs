//! Which namespace a prefix stands for (Namespaces in XML 1.0), borrowed from the document wherever it can be.

use std::borrow::Cow;

use super::{XML, XmlError};

/// Longer namespace names than any that is used.
const LONGEST: usize = 300;
/// More declarations than any document has in force at once; each prefix is looked up among them.
const MOST: usize = 256;
/// The namespace of declarations themselves, which nothing may be bound to.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The declarations in force where the reader stands.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    declared: Vec<Declaration<'a>>,
    /// Which of them declare the default namespace: most names have no prefix.
    defaults: Vec<usize>,
    /// Elements open.
    depth: usize,
}

#[derive(Debug)]
struct Declaration<'a> {
    depth: usize,
    /// Empty for the default namespace.
    prefix: &'a str,
    namespace: Cow<'a, str>,
}

impl<'a> Scope<'a> {
    /// An element is opened: what it declares holds until it is closed.
    pub(super) fn open(&mut self) {
        self.depth += 1;
    }

    /// The innermost element is closed.
    pub(super) fn close(&mut self) {
        while let Some(last) = self.declared.pop_if(|last| last.depth == self.depth) {
            if last.prefix.is_empty() {
                self.defaults.pop();
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The element just opened declares a prefix; the empty one stands for no prefix.
    pub(super) fn declare(&mut self, prefix: &'a str, namespace: Cow<'a, str>) -> Result<(), XmlError> {
        let reserved = prefix == "xmlns" || namespace == XMLNS || ((prefix == "xml") != (namespace == XML));
        if reserved {
            return Err(XmlError::Malformed(format!("a namespace that is XML's own, by the prefix {prefix}")));
        }
        if self.declared.len() == MOST {
            return Err(XmlError::TooMuch { what: "namespaces", most: MOST });
        }
        if prefix.is_empty() {
            self.defaults.push(self.declared.len());
        }
        self.declared.push(Declaration { depth: self.depth, prefix, namespace });
        Ok(())
    }

    /// The namespace and the local part of an element's name.
    pub(super) fn element(&self, name: &'a str) -> Result<(Cow<'a, str>, &'a str), XmlError> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        Ok((self.namespace(prefix)?, local))
    }

    /// The same of an attribute, which without a prefix is in no namespace.
    pub(super) fn attribute(&self, name: &'a str) -> Result<(Cow<'a, str>, &'a str), XmlError> {
        match name.split_once(':') {
            None => Ok((Cow::Borrowed(""), name)),
            Some((prefix, local)) => Ok((self.namespace(prefix)?, local)),
        }
    }

    fn namespace(&self, prefix: &'a str) -> Result<Cow<'a, str>, XmlError> {
        if prefix == "xml" {
            return Ok(Cow::Borrowed(XML));
        }
        // Byte by byte: prefixes are too short for a call to be worth it.
        let same = |other: &str| other.len() == prefix.len() && other.bytes().eq(prefix.bytes());
        let declared = if prefix.is_empty() {
            self.defaults.last().and_then(|at| self.declared.get(*at))
        } else {
            self.declared.iter().rev().find(|declaration| same(declaration.prefix))
        };
        let name = match declared {
            Some(declaration) if prefix.is_empty() || !declaration.namespace.is_empty() => {
                declaration.namespace.clone()
            }
            None if prefix.is_empty() => Cow::Borrowed(""),
            // One that nobody declared names nothing we know; the mark keeps it from being taken for "no namespace".
            _ => Cow::Owned(format!("undeclared:{prefix}")),
        };
        if name.len() > LONGEST {
            return Err(XmlError::TooMuch { what: "characters in a namespace", most: LONGEST });
        }
        Ok(name)
    }
}
