#!/usr/bin/env python3
"""Reads a calendar as the clients do that are built on icalendar.

    read_calendar.py FILE

Prints a JSON list, one object for each VEVENT in the order of the file: uid, dtstart, dtend, status, transp, summary,
sequence; what is absent is null, a day is `2026-11-19`, an instant has its offset. Exit code 1 when anything in it
cannot be parsed, an event has no UID, start or stamp, two events have one UID, or a zone is used and not defined; 2: the
arguments cannot be used. `-` reads standard input.
"""

import json
import pathlib
import sys

import icalendar


def text(event, name):
    return None if event.get(name) is None else str(event[name])


def when(event, name):
    return None if event.get(name) is None else event.decoded(name).isoformat()


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    name = sys.argv[1]
    try:
        data = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
    except OSError as error:
        print(f"{name}: {error.strerror}", file=sys.stderr)
        return 2
    problems = []
    try:
        calendars = icalendar.Calendar.from_ical(data, multiple=True)
    except (ValueError, IndexError, KeyError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    if len(calendars) != 1 or calendars[0].name != "VCALENDAR":
        print(f"{name}: {len(calendars)} calendars, not one", file=sys.stderr)
        return 1
    calendar = calendars[0]
    for component in calendar.walk():
        problems += [f"{component.name} {where}: {why}" for where, why in component.errors]
    zones = {str(zone.get("TZID")) for zone in calendar.walk("VTIMEZONE")}
    events, seen = [], set()
    for event in calendar.walk("VEVENT"):
        uid = text(event, "UID")
        problems += [f"{uid}: no {key}" for key in ("UID", "DTSTART", "DTSTAMP") if key not in event]
        if uid in seen:
            problems.append(f"{uid}: a second event of this UID")
        seen.add(uid)
        for key in ("DTSTART", "DTEND"):
            zone = event[key].params.get("TZID") if key in event else None
            if zone is not None and zone not in zones:
                problems.append(f"{uid}: the zone {zone} is not defined")
        try:
            events.append({
                "uid": uid,
                "dtstart": when(event, "DTSTART"),
                "dtend": when(event, "DTEND"),
                "status": text(event, "STATUS"),
                "transp": text(event, "TRANSP"),
                "summary": text(event, "SUMMARY"),
                "sequence": int(event["SEQUENCE"]) if "SEQUENCE" in event else None,
            })
        except (AttributeError, TypeError, ValueError) as error:
            problems.append(f"{uid}: {error}")
    json.dump(events, sys.stdout, ensure_ascii=False, indent=1)
    print()
    for problem in problems:
        print(f"{name}: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
