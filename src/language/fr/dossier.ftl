# Pourquoi deux annonces n’en font qu’une.
dossier-rule-decision = l’équipe du programme l’a confirmé
dossier-rule-with = chacun nomme l’autre
dossier-rule-chain = un agrégateur reconnu l’a repris de cette source
dossier-rule-page = même page
dossier-rule-registration = même adresse d’inscription
dossier-rule-twice = annoncé deux fois par la même source
dossier-rule-confirmed = réunis auparavant
dossier-rule-likeness = annonces semblables
dossier-words = titres proches ({ $words })
dossier-no-words = aucun mot commun dans les titres
dossier-words-on-one = un seul des titres dit : { $words }
dossier-words-on-each = un titre dit { $here }, l’autre { $there }
dossier-number = même numéro dans les titres
dossier-other-number = numéros différents dans les titres
dossier-day = même jour ({ $day })
dossier-start = même heure de début
dossier-other-hour = même jour ({ $day }), heures différentes
dossier-other-day =
    { $days ->
        [0] jours différents
        [one] un jour d’écart entre les débuts
       *[other] { $days } jours d’écart entre les débuts
    }
dossier-recurs = l’événement revient à d’autres dates proches : c’est le jour qui distingue
dossier-no-day = pas encore de jour de part et d’autre
dossier-organiser = même organisateur ({ $name })
dossier-place = même lieu ({ $name })
dossier-other-town = villes différentes ({ $here } ; { $there })
dossier-many-towns = annoncé sous ce nom dans { $towns } autres villes : c’est la ville qui distingue
dossier-online = tous deux en ligne
dossier-other-mode = l’un en ligne, l’autre sur place
dossier-text = textes proches
dossier-speaker = même intervenant ({ $name })
dossier-address = même adresse
dossier-each-other = chacun nomme l’autre
