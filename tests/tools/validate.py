#!/usr/bin/env python3
"""Checks Atom files against the event profile (docs/profile.md).

    validate.py [--now INSTANT] FILE...

Each file is validated against docs/schema/atom.rng and each evt:event in it against docs/schema/evt.rng; then come the
rules that no schema can say. Every problem is one line, `file:line: what is wrong`. Exit code 0: none; 1: some; 2: the
arguments cannot be used. `-` reads standard input. It shares no code with essaim, so that it can disagree.
"""

import argparse
import pathlib
import re
import sys
from datetime import datetime, timezone

from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
EVT = "https://w3id.org/essaim/event/1"
EV = "http://purl.org/rss/1.0/modules/event/"
HISTORY = "http://purl.org/syndication/history/1.0"
XML = "http://www.w3.org/XML/1998/namespace"
VOCABULARY = "https://w3id.org/essaim/vocab/"

# Names that readers in Go take for Atom's whatever their namespace.
ATOM_NAMES = {
    "id", "title", "summary", "content", "published", "updated", "link", "author", "category", "rights", "source",
}
# What a node's clock may be ahead of ours.
CLOCK_SECONDS = 60

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)$")


def atom(name):
    return f"{{{ATOM}}}{name}"


def evt(name):
    return f"{{{EVT}}}{name}"


def instant(text):
    """The instant of an RFC 3339 time; None for anything else."""
    match = INSTANT.match(text.strip())
    if match is None:
        return None
    day, time, offset = match.groups()
    offset = "+00:00" if offset in "Zz" else offset
    try:
        return datetime.fromisoformat(f"{day}T{time}{offset}")
    except ValueError:
        return None


def is_absolute(address):
    """Whether an address stands by itself; of a web address, whether it names a host."""
    if re.match(r"(?i)^https?:", address):
        return re.match(r"(?i)^https?://[^/?#\s]+", address) is not None
    return re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$", address) is not None


def terms(entry, scheme):
    return {c.get("term") for c in entry.findall(atom("category")) if c.get("scheme") == VOCABULARY + scheme}


class Check:
    """The problems of one file."""

    def __init__(self, name, now, schemas):
        self.name = name
        self.now = now
        self.schemas = schemas
        self.problems = []

    def say(self, where, what):
        line = where if isinstance(where, int) else (where.sourceline or 0)
        self.problems.append((line, what))

    def schema(self, which, element):
        schema = self.schemas[which]
        if schema.validate(element):
            return
        # libxml2 tells one mistake again of each element around it: the most exact words are enough.
        exact = [e for e in schema.error_log if e.line and "failed to validate" not in e.message]
        exact = [e for e in exact if "in interleave" not in e.message] or exact
        told = {}
        for error in exact or schema.error_log:
            told.setdefault(error.line, error.message)
        for line, message in told.items():
            self.say(line or element, f"{which}: {message}")

    def document(self, data):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            self.say(error.lineno or 0, f"not well-formed: {error.msg}")
            return
        if root.getroottree().docinfo.doctype:
            self.say(root, "it has a DOCTYPE")
        if root.tag not in (atom("feed"), atom("entry")):
            self.say(root, f"the root is {root.tag}, not an Atom feed or entry")
            return
        self.schema("atom.rng", root)
        for event in root.iter(evt("event")):
            self.schema("evt.rng", event)
        if root.tag == atom("entry"):
            self.entry(root)
            return
        self.feed(root)
        ids = {}
        for entry in root.findall(atom("entry")):
            self.entry(entry)
            identifier = (entry.findtext(atom("id")) or "").strip()
            if identifier in ids:
                self.say(entry, f"the id {identifier} is that of the entry in line {ids[identifier]} too")
            ids.setdefault(identifier, entry.sourceline)
        identifier = (root.findtext(atom("id")) or "").strip()
        if identifier in ids:
            self.say(ids[identifier], f"the id {identifier} is that of the feed too")

    def feed(self, feed):
        if not feed.get(f"{{{XML}}}lang"):
            self.say(feed, "the feed does not say its language (xml:lang)")
        if feed.find(atom("author")) is None:
            self.say(feed, "the feed has no author")
        selves = [link for link in feed.findall(atom("link")) if link.get("rel") == "self"]
        if len(selves) != 1:
            self.say(feed, f"the feed has {len(selves)} links rel=self, not one")
        self.links(feed)
        self.title(feed)
        self.times(feed)
        paging = {"next", "prev", "previous", "first", "last", "prev-archive", "next-archive"}
        if feed.find(f"{{{HISTORY}}}complete") is not None:
            for link in feed.findall(atom("link")):
                if link.get("rel") in paging:
                    self.say(link, f"a complete feed has a link rel={link.get('rel')}")

    def entry(self, entry):
        notice = "change-notice" in terms(entry, "entry-kind")
        if entry.find(atom("author")) is None:
            self.say(entry, "the entry has no author")
        self.links(entry)
        self.title(entry)
        self.times(entry)
        for child in entry:
            if not isinstance(child.tag, str):
                continue
            name = etree.QName(child)
            if name.namespace != ATOM and name.localname in ATOM_NAMES:
                self.say(child, f"the extension {name.localname} is named like an element of Atom")
        if notice:
            return
        for link in entry.findall(atom("link")):
            if link.get("rel") == "related":
                self.say(link, "an event has a link rel=related, which readers open instead of its page")
        events = entry.findall(evt("event"))
        if len(events) != 1:
            self.say(entry, f"the entry has {len(events)} evt:event, not one")
        for event in events:
            self.event(entry, event)

    def links(self, parent):
        alternates = []
        for link in parent.findall(atom("link")):
            rel, href = link.get("rel") or "alternate", link.get("href") or ""
            if not is_absolute(href):
                self.say(link, f"the link rel={rel} is not absolute: {href!r}")
            if rel == "alternate":
                alternates.append(link)
        if not alternates:
            self.say(parent, "there is no link to a page (rel=alternate, text/html)")
            return
        if alternates[0].get("type") != "text/html":
            self.say(alternates[0], f"the first alternate is {alternates[0].get('type')}, not text/html")
        seen = set()
        for link in alternates:
            kind = (link.get("type"), (link.get("hreflang") or "").lower())
            if kind in seen:
                self.say(link, f"a second alternate of type {kind[0]} in language {kind[1] or '(none)'}")
            seen.add(kind)

    def title(self, parent):
        title = parent.find(atom("title"))
        if title is None:
            return
        if title.get("type", "text") != "text":
            self.say(title, f"the title is of type {title.get('type')}, not text")
        if not "".join(title.itertext()).strip():
            self.say(title, "the title is empty")

    def times(self, parent):
        said = {}
        for name in ("published", "updated"):
            element = parent.find(atom(name))
            if element is None:
                continue
            said[name] = instant(element.text or "")
            if said[name] is None:
                self.say(element, f"{name} is not a time with an offset: {element.text!r}")
            elif (said[name] - self.now).total_seconds() > CLOCK_SECONDS:
                self.say(element, f"{name} is in the future: {element.text}")
        if said.get("published") and said.get("updated") and said["published"] > said["updated"]:
            self.say(parent, "published is later than updated")

    def event(self, entry, event):
        slots = event.findall(evt("slot"))
        names = [slot.get("ref") for slot in slots]
        for slot in slots:
            if names.count(slot.get("ref")) > 1:
                self.say(slot, f"two slots are called {slot.get('ref')}")
        start = entry.findall(f"{{{EV}}}startdate")
        for name in {etree.QName(e).localname for e in entry.iterchildren(f"{{{EV}}}*")}:
            if len(entry.findall(f"{{{EV}}}{name}")) > 1:
                self.say(entry, f"the entry has several ev:{name}")
        if slots and not start:
            self.say(entry, "the entry has slots and no ev:startdate")
        if start and (start[0].text or "").strip() not in [slot.get("start") for slot in slots]:
            self.say(start[0], "ev:startdate is the start of no slot")
        for attribute in ("status", "mode"):
            said = terms(entry, attribute)
            if said and said != {event.get(attribute)}:
                self.say(event, f"the {attribute} is {event.get(attribute)} here and {', '.join(sorted(said))} there")
        for online in event.iter(evt("online")):
            if online.get("public") in ("false", "0") and online.get("href"):
                self.say(online, "an address for the registered is published")
        for image in event.iter(evt("image")):
            if not (image.get("alt") or "").strip():
                self.say(image, "the picture has no words that stand for it (alt)")


def main():
    parser = argparse.ArgumentParser(description="Checks Atom files against the event profile.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="an Atom file, or - for standard input")
    parser.add_argument("--now", metavar="INSTANT", help="what is later lies in the future; by default, the clock")
    arguments = parser.parse_args()
    now = instant(arguments.now) if arguments.now else datetime.now(timezone.utc)
    if now is None:
        parser.error(f"--now {arguments.now} is not a time such as 2026-11-22T08:00:00Z")
    schemas = {name: etree.RelaxNG(etree.parse(str(SCHEMAS / name))) for name in ("atom.rng", "evt.rng")}
    bad = False
    for name in arguments.files:
        check = Check(name, now, schemas)
        try:
            data = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
        except OSError as error:
            parser.error(f"{name}: {error.strerror}")
        check.document(data)
        for line, what in sorted(check.problems):
            bad = True
            print(f"{name}:{line}: {what}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
