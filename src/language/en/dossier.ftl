# Why two announcements are one.
dossier-rule-decision = the programme’s team confirmed it
dossier-rule-with = each names the other
dossier-rule-chain = an approved aggregator took it from this source
dossier-rule-page = the same page
dossier-rule-registration = the same registration address
dossier-rule-twice = announced twice by one source
dossier-rule-confirmed = joined before
dossier-rule-likeness = alike announcements
dossier-words = titles alike ({ $words })
dossier-no-words = no word in common in the titles
dossier-words-on-one = only one title says: { $words }
dossier-words-on-each = one title says { $here }, the other { $there }
dossier-number = the same number in the titles
dossier-other-number = other numbers in the titles
dossier-day = the same day ({ $day })
dossier-start = the same start
dossier-other-hour = the same day ({ $day }), at other hours
dossier-other-day =
    { $days ->
        [0] other days
        [one] one day between the starts
       *[other] { $days } days between the starts
    }
dossier-recurs = it is held on other days nearby too: the day decides
dossier-no-day = no day yet on either side
dossier-organiser = the same organiser ({ $name })
dossier-place = the same place ({ $name })
dossier-other-town = other towns ({ $here }; { $there })
dossier-many-towns = announced under this name in { $towns } other towns: the town decides
dossier-online = both online
dossier-other-mode = one online, the other on site
dossier-text = texts alike
dossier-speaker = the same speaker ({ $name })
dossier-address = the same address
dossier-each-other = each names the other
