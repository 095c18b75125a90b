# Ce qui entoure les mots de l’auteur dans un agenda ou un flux JSON.
fact-line = { $label } : { $value }
fact-when = Quand
fact-where = Où
fact-previous = Date précédente
fact-online = En ligne
fact-registration = Inscription
fact-speakers = Avec
fact-audience = Public
fact-series = Parcours
fact-access = Accessibilité
fact-organisers = Organisation
fact-announced = Annoncé par
fact-resources = À consulter
fact-assumed = Supposé, non annoncé
fact-page = Page de l’événement

slot-number = créneau { $number }/{ $total }
slots-between = { $count } créneaux, { $days }
series-step = { $title } (étape { $position })
series-step-of = { $title } (étape { $position }/{ $total })

online-open = accès libre
online-open-later = accès libre, adresse à préciser
online-registered = lien envoyé aux inscrits

registration-link = S’inscrire
registration-required = obligatoire
registration-optional = facultative
registration-free = gratuit
registration-paid = payant
registration-opens = ouvre le { $moment }
registration-closes = close le { $moment }
places-event = { $count ->
    [one] { $count } place
   *[other] { $count } places
}
places-slot = { $count ->
    [one] { $count } place par créneau
   *[other] { $count } places par créneau
}
places-left = { $count ->
    [one] { $count } place restante
   *[other] { $count } places restantes
}

# À la place de ce qui n’est pas pour tout le monde, dans les mots d’un organisateur.
hidden-room = [lien réservé aux inscrits]
hidden-code = [code masqué]
hidden-telephone = [téléphone masqué]
hidden-mailbox = [adresse masquée]

# The feed of what is new and what changed.
news-title = { $title } : nouveautés et changements
news-cancelled = Annulation : { $title }
news-postponed = Report : { $title }
news-rescheduled = Nouvelle date : { $title }
news-moved-online = En ligne : { $title }
news-full = Complet : { $title }
