# The command line.
command-imported = { $added } added, { $changed } changed, { $unchanged } unchanged, { $withdrawn } withdrawn.
backup-done = { $rows ->
    [one] 1 row
   *[other] { $rows } rows
} saved in { $file }.
restore-done = { $rows ->
    [one] 1 row put back.
   *[other] { $rows } rows put back.
}
export-site = { $count } files written below { $folder }.
import-rehearsed = A rehearsal: nothing was written. This is what would be:
import-table = { $rows } rows. Columns:
import-table-of = { $rows } rows of the sheet “{ $sheet }”. Columns:
import-left-out = left out (--column to say what it holds)
import-other-sheets = Other sheets, not read: { $names }
check-feeds = { $count ->
    [one] one feed was found:
   *[other] { $count } feeds were found, the richest first:
}
check-feed = entries: { $entries }, with a date: { $dated }
command-round = { $sources } sources: { $fetched } read, { $unchanged } unchanged, { $failed } failed; { $entries } entries, { $events } events, { $merged } of them announced by several; { $seconds } s.
command-dry-run = A rehearsal: nothing was written. This is what would change (+ added, ~ changed, = merged, - withdrawn):
command-demo-nodes = { $count } nodes, one for each organiser:
command-demo = { $events } events, from { $entries } entries of { $sources } sources; { $merged } are announced by several. The clock of the pages is stopped at { $day }.
command-demo-end = Ctrl-C ends it.
command-demo-ended = Ended.

# Decisions.
decisions-held = { $count ->
    [0] Held: nothing.
    [one] Held: 1 entry of a source under review (release).
   *[other] Held: { $count } entries of sources under review (release).
}
decisions-disappeared = { $count ->
    [one] Mass disappearance: 1 source, whose events are kept until someone decides.
   *[other] Mass disappearance: { $count } sources, whose events are kept until someone decides.
}
decisions-of = { $gone } of { $of } entries disappeared at once at { $since }.
decisions-doubts = { $count ->
    [0] Doubtful: nothing.
    [one] Doubtful: 1.
   *[other] Doubtful: { $count }.
}
doubt-cancelled-by-copy = the copy says that it is cancelled, the entry that speaks does not (primary, if the copy is right)
doubt-drifted = joined before, they no longer agree (same to confirm, different to part)
doubt-perhaps = perhaps the same event, { $percent }% alike (same or different)
decisions-quarantined = { $count ->
    [0] Waiting for their author: no entry.
    [one] Waiting for its author: 1 entry.
   *[other] Waiting for their author: { $count } entries.
}
decisions-ruled = { $count ->
    [0] Decisions: none.
    [one] Decisions: 1.
   *[other] Decisions: { $count }.
}
decisions-back = (taken back at { $at })
decisions-already = That is decided already: decision { $decision }.
decisions-undone-already = Decision { $decision } was taken back before.
decisions-no-field = There is no field { $field } to correct. Fields: { $fields }.
decisions-unusable = “{ $value }” cannot be the { $field } of this event: see `essaim decisions correct --help` for how it is written.
decisions-one-entry = Both names mean one and the same entry.
decisions-not-hidden = No decision hides “{ $title }”.
decisions-not-held = “{ $title }” does not wait to be released.
decisions-by-whom = Who decides? Add --by NAME.
decisions-made = Decision { $decision }: { $ruled }, by { $by }.
decisions-taken-back = Decision { $decision } taken back: { $ruled }.
decisions-no-effect = The programme does not change.
decisions-effect = In the programme:
decisions-joined = two events became one: the page of “{ $younger }”, the younger, leads to “{ $older }”
decisions-speaks = “{ $title }”: { $is } speaks for it, instead of { $was }
decisions-shown = “{ $title }” is shown
decisions-gone = “{ $title }” is no longer shown; those who follow the programme are told
decisions-changed = “{ $title }” changes
decisions-soon = A running aggregator takes it up within seconds.
unknown-entry = No entry is called “{ $name }”: `essaim decisions list` gives the handles.
unknown-entry-near = No entry is called “{ $name }”. Near ones:
several-entry = “{ $name }” means several entries:
unknown-source = No source has the key “{ $name }”: `essaim sources list` gives them.
unknown-source-near = No source has the key “{ $name }”. Near ones:
several-source = “{ $name }” means several sources:
unknown-decision = No decision is called “{ $name }”.
unknown-decision-near = No decision is called “{ $name }”. In force:
several-decision = “{ $name }” means several decisions:

# Sources.
command-levels = { $count ->
    [0] Understood: no entry.
    [one] Understood: 1 entry, { $dated } with a date (N2: { $n2 }, N1: { $n1 }, N0: { $n0 }).
   *[other] Understood: { $count } entries, { $dated } with a date (N2: { $n2 }, N1: { $n1 }, N0: { $n0 }).
}
sources-home = { $page } is a web page that leads to { $count ->
    [one] one feed
   *[other] { $count } feeds
}; the one that tells the most is taken: { $feed }
sources-moved = { $from } leads to { $to } for good: that address is taken.
sources-not-added = The source was not added; --anyway adds it as it is.
sources-key-taken = The key { $key } is taken: give another with --key.
sources-known = That address is already the one of { $name } ({ $key }).
sources-added = { $name } is added under the key { $key }, and will be read in the next round.
sources-added-review = { $name } is added under the key { $key }; what it says will wait to be released (essaim decisions).
sources-column-key = Key
sources-column-name = Name
sources-column-state = State
sources-column-good = Last read
sources-column-next = Next
sources-column-entries = Entries
sources-column-findings = Findings
sources-held = { $count ->
    [one] 1 entry of { $key } waits to be released: essaim decisions … release --source { $key }
   *[other] { $count } entries of { $key } wait to be released: essaim decisions … release --source { $key }
}
sources-nothing-to-approve = Nothing of { $name } waits for approval: it is not under review and has not moved.
sources-approved = What { $name } says is published at once from now on.
sources-paused = { $name } is visited no more; what it said stays.
sources-paused-already = { $name } was paused already.
sources-resumed = { $name } is visited again.
sources-not-paused = { $name } was not paused.
sources-imported = { $added } added, { $known } known already, { $refused } refused.
sources-imported-review = What they say will wait to be released: essaim decisions, or essaim sources approve.
sources-rehearsed = A rehearsal: nothing was written.
sources-exported = { $count ->
    [one] 1 source written to { $file }.
   *[other] { $count } sources written to { $file }.
}
decisions-confirmed = a second look confirmed it: release --disappeared, if it was meant
decisions-unconfirmed = a second look is to come; release --disappeared, if it was meant
decisions-nothing-disappeared = Nothing disappeared from { $name } at once.
decisions-emptied = What disappeared is withdrawn at the next visit, if it is still missing.
sources-moved-approved = { $name } is read at { $to } from now on.

# What `check` says of an answer.
check-redirected = Answers from { $address }
check-moved = Has moved for good to { $address }
check-type = Type: { $type }
check-unsaid = not said
check-no-validators = Without ETag and Last-Modified: the whole feed is read again at each visit.
check-validators = Read again only when it changes ({ $names }).
check-wait = Asks for { $wait } between two visits.
check-hub = Tells of changes by { $hub }
command-set-up = This node has no account yet. Open { $base }desk/set-up?code={ $code }
    (the code is { $code }; it is good until the first account is made or the node stops)
command-users-link = Send this link to { $name }, who chooses a password by it; it is good once, for seven days:
    { $link }
command-users-taken = There is an account named { $name } already.
command-users-unknown = No account is named { $name }.
command-users-removed = { $name } can no longer sign in; what they wrote stays.
command-users-last = { $name } is the last account that can administer this node: give that role to somebody else first.
command-node-try = A try: at { $base } it is read on this machine alone, and ids keep for ever the name it has when it is set up.
    For good: essaim node --print-config > node.toml, set public_url there, then essaim node.
