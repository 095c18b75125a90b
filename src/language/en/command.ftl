# The command line.
command-imported = { $added } added, { $changed } changed, { $unchanged } unchanged, { $withdrawn } withdrawn.
command-entries = { $count ->
    [0] no entry
    [one] 1 entry
   *[other] { $count } entries
}
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
decisions-of = { $detail } entries disappeared at once.
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
