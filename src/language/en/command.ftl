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
