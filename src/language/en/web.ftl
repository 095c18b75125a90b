# The public pages: frame, programme, event, sources, errors.
web-skip = Skip to content
web-menu = Navigation
web-languages = Language of the pages
web-this-language = English
web-programme = Programme
web-sources = Sources
web-lab-site = The lab’s site
web-clock-stopped = Clock stopped on { $day }: the events shown are past.
web-made-with = Powered by essaim, free software for sharing events over open feeds.
web-accessibility = Accessibility: not compliant
web-accessibility-why = (no audit has been made yet)
web-licence = Licence
web-updated = Updated on { $day }
web-footer-sources = The sources and how they do
web-image = Image

web-of-events = { $n ->
    [0] no event
    [one] { $n } event
   *[other] { $n } events
}
web-of-organisers = { $n ->
    [one] announced by { $n } organiser
   *[other] announced by { $n } organisers
}
web-count-upcoming = { $n ->
    [0] no upcoming event
    [one] { $n } upcoming event
   *[other] { $n } upcoming events
}
web-count-undated = { $n ->
    [one] { $n } without a date
   *[other] { $n } without a date
}
web-count-past = { $n ->
    [one] { $n } past
   *[other] { $n } past
}

web-month = The month, day by day
web-month-legend = Each cell is an event; an empty one is cancelled or postponed.
web-month-today = The framed day is today.
web-month-day = { $day }: { $n ->
    [0] no event
    [one] { $n } event
   *[other] { $n } events
}
web-today = today
web-tomorrow = tomorrow
web-deadline = Propose an event until { $day }

web-find = Find an event
web-find-words = A word, an organiser, a place
web-find-format = Format
web-find-mode = Attendance
web-find-edition = Edition
web-find-region = Region
web-find-all = All
web-find-all-feminine = All
web-find-go = Search
web-found = { $n ->
    [0] No event found
    [one] { $n } event found
   *[other] { $n } events found
}
web-found-for = for: { $what }
web-find-clear = Back to the whole programme
web-find-nothing = No event matches. Try a shorter word, or fewer criteria.
web-find-from = from { $day }
web-find-to = until { $day }
web-empty = No event is announced yet. This page will fill with the first announcement.

web-upcoming = Upcoming
web-upcoming-none = No dated event is left to come.
web-undated = Date to be confirmed
web-undated-why = Announced without a known day: they are in no calendar.
web-past-current = Already past
web-past-earlier = Past events
web-past-editions = Previous editions
web-past-year = Year { $year }
web-past-other = Outside of editions
web-also-that-day = Another slot that day
web-more-slots = { $n ->
    [one] and { $n } more slot
   *[other] and { $n } more slots
}
web-until = until { $day }
web-also-announced = Also announced by { $names }
web-and-more = and { $n } more
web-organised-by = Organised by { $names }
web-place-open = Place to be confirmed
web-online = Online
web-new-window = (another site)
web-pages = Pages of results
web-page-of = Page { $page } of { $pages }
web-page-next = Next page
web-page-previous = Previous page

web-subscribe = Subscribe
web-subscribe-lead = The programme keeps itself up to date at yours: no account, no address to give.
web-subscribe-atom = Atom feed
web-subscribe-atom-why = Everything new, in your feed reader.
web-subscribe-ics = Calendar
web-subscribe-ics-why = Every dated slot, in your calendar.
web-subscribe-ics-file = download the file
web-subscribe-rss = RSS
web-subscribe-rss-why = For older readers and websites.
web-subscribe-csv = Table (CSV)
web-subscribe-json = JSON Feed
web-subscribe-json-why = The same data, for your programs.

web-back = Back to the programme
web-back-events = All events
web-when = When
web-where = Where
web-register = Registration
web-register-go = Register
web-register-mail = Register by e-mail
web-register-phone = Register by telephone
web-register-where = On { $host }
web-register-opens = Opens: { $when }
web-register-closes = Closes: { $when }
web-register-required = Registration required
web-register-optional = Registration optional
web-register-free = Free of charge
web-register-paid = Not free of charge
web-register-capacity = { $n ->
    [one] { $n } place
   *[other] { $n } places
}
web-register-capacity-slot = { $n ->
    [one] { $n } place in each slot
   *[other] { $n } places in each slot
}
web-register-left = { $n ->
    [0] no place left
    [one] { $n } place left
   *[other] { $n } places left
}
web-over = This event is past.
web-add-calendar = Add to my calendar
web-add-calendar-all = Add every slot to my calendar
web-slots = { $n ->
    [one] { $n } slot
   *[other] { $n } slots
}
web-date-open-why = The date is not known yet: the event is in no calendar.
web-hours-in = Hours are in { $zone }
web-previously = Previous date:
web-previously-no-more = (no longer holds)
web-status-cancelled = This event is cancelled.
web-status-postponed = This event is postponed; the new date is not known.
web-status-rescheduled = This event has a new date.
web-status-moved-online = This event takes place online, not on site.
web-full = This event is full.
web-waitlist = Full: you can join a waiting list.
web-since = since { $day }
web-online-public = Open to everyone
web-online-link = Join online
web-online-registered = The link is sent to those who register
web-about = About
web-details = Details
web-organisers = Organisers
web-co-organiser = co-organiser
web-speakers = Speakers
web-role-moderator = moderator
web-access = Accessibility of the event
web-formats = Format
web-audiences = Audience
web-topics = Topics
web-tags = Keywords
web-regions = Region
web-editions = Edition
web-series = Series
web-step = step { $n }
web-step-of = step { $n } of { $total }
web-resources = Resources
web-announced = Announced by
web-announced-lead = { $n ->
    [one] One organiser announces this event.
   *[other] { $n } organisers announce this event, shown here once.
}
web-primary = speaks for it
web-primary-why = Its version is the one you read.
web-title-there = Its title there:
web-see-there = See the page at { $name }
web-joined = Joined:
web-doubt-cancelled = { $name } announces this event as cancelled; the one that speaks for it has not confirmed.
web-author-page = The organiser’s page
web-data = Data of this event
web-rights = Rights
web-assumed = Assumed, not said by the organiser: { $what }
web-assumed-zone = the time zone
web-assumed-end = the end time
web-assumed-region = the region
web-assumed-mode = the attendance
web-assumed-language = the language

web-sources-lead = { $n ->
    [one] The programme reads { $n } feed. This is what it finds there.
   *[other] The programme reads { $n } feeds. This is what it finds there.
}
web-sources-good = { $n } up to date
web-sources-failing = { $n } failing
web-sources-paused = { $n } paused
web-sources-unread = { $n } never read
web-state-good = Up to date
web-state-failing = Failing
web-state-paused = Paused
web-state-unread = Never read
web-source = Source
web-region = Region
web-state = State
web-last-good = Last read
web-next = Next
web-entries = Entries
web-entry = Entry:
web-history = Last visits
web-feed-address = Address of the feed
web-never = never
web-history-words = { $n ->
    [one] { $n } visit, { $from }: { $told }.
   *[other] { $n } visits, from { $from } to { $to }: { $told }.
}
web-visits-fresh = { $n } with news
web-visits-pushed = { $n } told by the hub
web-visits-unchanged = { $n } without change
web-visits-failed = { $n } failed
web-legend = What the shapes of the last visits mean
web-visit-fresh = news
web-visit-pushed = news, told by the hub
web-visit-unchanged = nothing changed
web-visit-failed = failed
web-findings = { $n ->
    [one] { $n } finding
   *[other] { $n } findings
}
web-severity-note = to know
web-severity-repair = mended
web-severity-quarantine = waiting
web-severity-reject = refused
web-mend = To do:
web-failures = { $n ->
    [one] { $n } failure in a row
   *[other] { $n } failures in a row
}
web-kept = The last good version stays in the programme.
web-understood = { $dated } of { $entries } with a date, { $n2 } in the full profile
web-usual = Usually answers in { $millis } ms.
web-hub = Hub
web-hub-tells = { $hub } tells us of each change. The subscription is renewed by itself before it ends: { $until }.
web-hub-waiting = { $hub } has not confirmed our subscription yet: the feed is polled like the others.
web-hub-silent = { $hub } does not tell of changes: the feed is polled like the others.
web-hub-told = Last told of a change: { $told }.
web-held = { $n ->
    [one] 1 entry waits to be released.
   *[other] { $n } entries wait to be released.
}
web-paused-why = It is visited no more; what it announced stays in the programme.
web-gone = The server says that this feed is gone for good; if it says so again tomorrow, it is visited no more. Its entries stay.
web-moved = The feed answers from another address: { $to }. The programme’s team will confirm it.
web-disappeared = { $gone } of { $of } entries disappeared at once: they stay in the programme until the team decides.
web-disappeared-soon = { $gone } of { $of } entries disappeared at once: they stay in the programme, and the feed is read again before the team decides.
web-times = { $n } times
web-more = and { $n } more
web-examples = Where? Examples of
web-findings-all = All findings
web-findings-none = No findings
web-from-source = In the programme from this source
web-from-source-none = Nothing at present.
web-more-events = { $n ->
    [one] and one more event
   *[other] and { $n } more events
}
web-no-visit = It was not visited yet.
web-back-sources = All sources
web-sources-opml = These feeds for a feed reader (OPML)
web-sources-json = The same as JSON
web-region-none = National, or not said
web-sources-alerts = Alerts, to follow in a feed reader
web-alerts-title = { $title }: alerts on its sources
web-alerts-why = Sources that could not be read for a day, that are gone, have moved or lost many events at once.
web-alert-silent = { $name }: nothing could be read for a day
web-alert-gone = { $name }: its feed is gone
web-alert-moved = { $name }: its feed has moved
web-alert-disappeared = { $name }: { $gone ->
    [one] one entry disappeared
   *[other] { $gone } entries disappeared at once
}
web-alert-last-good = It was last read on { $day } at { $hour }.
web-alert-never = { $name }: it could never be read
web-alert-never-do = Is its address right?
web-alert-disappeared-do = If they were meant to: essaim decisions release --disappeared { $key }
web-alert-moved-do = Once you know that this is right: essaim sources approve { $key }

web-403 = This is not open to you
web-403-why = Your account may not do this, or the request came from another site.
web-404 = This page does not exist
web-404-why = The address may be incomplete, or the event was withdrawn by its author.
web-405 = This page can only be read
web-405-why = What was sent is nothing that this address accepts.
web-413 = This is too large
web-413-why = What was sent has more than 24 MB. Go back: nothing is erased from your form.
web-500 = Something broke on our side
web-500-why = It is not your fault. Try again in a moment; if it lasts, write to the programme’s team.
web-503 = The page takes too long
web-503-why = The server is busy. Try again in a moment.

# Receipts: why an entry is not, or not as it is written, in the programme; by which rule it was joined.
receipt-author = a correction is awaited: the version before stays, or the event waits
receipt-missing = the feed lists it no more: its last version stays
receipt-hidden = the programme’s team chose not to show it
receipt-review = the programme’s team looks at this source before it publishes
receipt-soon = received: it will appear in the programme, or came from it
receipt-rule-decision = a person said so
receipt-rule-with = each names the other
receipt-rule-chain = an aggregator says whom it has it from
receipt-rule-page = the same page
receipt-rule-registration = the same registration address
receipt-rule-twice = announced twice by one source
receipt-rule-confirmed = joined before
receipt-rule-likeness = they are alike

# The list for other people's pages, and the feed of what is new.
web-subscribe-news = News and changes (Atom)
web-subscribe-news-why = tells what is new, cancelled, moved or full.
embed-all = All events
embed-calendar = Subscribe to the calendar
embed-offer = Show this list on another website
embed-offer-why = To paste into a page, such as a “Custom HTML” block of WordPress. The list follows by itself, sets no cookie and loads nothing from elsewhere.
