#!/usr/bin/env python3
"""Reads a feed as the readers do that are built on feedparser.

    read_feed.py FILE|URL

Prints a JSON list, one object for each entry: title, id, updated, author, links. Exit code 1 when feedparser calls the
feed malformed (`bozo`), or finds no feed in it; 2: the arguments cannot be used. `-` reads standard input.
"""

import json
import pathlib
import sys

import feedparser


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    source = sys.argv[1]
    if source == "-":
        source = sys.stdin.buffer.read()
    elif not source.startswith(("http://", "https://")):
        try:
            source = pathlib.Path(source).read_bytes()
        except OSError as error:
            print(f"{source}: {error.strerror}", file=sys.stderr)
            return 2
    feed = feedparser.parse(source)
    entries = [
        {
            "title": entry.get("title"),
            "id": entry.get("id"),
            "updated": entry.get("updated"),
            "author": entry.get("author"),
            "links": [
                {name: link[name] for name in ("rel", "href", "type", "hreflang") if name in link}
                for link in entry.get("links", [])
            ],
        }
        for entry in feed.entries
    ]
    json.dump(entries, sys.stdout, ensure_ascii=False, indent=1)
    print()
    if feed.bozo:
        print(f"{sys.argv[1]}: {feed.get('bozo_exception')}", file=sys.stderr)
    if not feed.version:
        print(f"{sys.argv[1]}: not a feed", file=sys.stderr)
    return 1 if feed.bozo or not feed.version else 0


if __name__ == "__main__":
    sys.exit(main())
