# Les pages publiques : cadre, programme, événement, sources, erreurs.
web-skip = Aller au contenu
web-menu = Navigation
web-languages = Langue des pages
web-this-language = Français
web-programme = Programme
web-sources = Sources
web-lab-site = Site du laboratoire
web-clock-stopped = Horloge arrêtée au { $day } : les événements montrés sont passés.
web-made-with = Propulsé par essaim, logiciel libre de partage d’événements par flux ouverts.
web-accessibility = Accessibilité : non conforme
web-accessibility-why = (aucun audit n’a encore été réalisé)
web-licence = Licence
web-updated = Mis à jour le { $day }
web-footer-sources = Les sources et leur état
web-image = Image

web-of-events = { $n ->
    [0] aucun événement
    [one] { $n } événement
   *[other] { $n } événements
}
web-of-organisers = { $n ->
    [one] annoncé par { $n } organisateur
   *[other] annoncés par { $n } organisateurs
}
web-count-upcoming = { $n ->
    [0] aucun événement à venir
    [one] { $n } événement à venir
   *[other] { $n } événements à venir
}
web-count-undated = { $n ->
    [one] { $n } sans date
   *[other] { $n } sans date
}
web-count-past = { $n ->
    [one] { $n } passé
   *[other] { $n } passés
}

web-month = Le mois jour par jour
web-month-legend = Chaque alvéole est un événement ; vide, il est annulé ou reporté.
web-month-today = Le jour encadré est aujourd’hui.
web-month-day = { $day } : { $n ->
    [0] aucun événement
    [one] { $n } événement
   *[other] { $n } événements
}
web-today = aujourd’hui
web-tomorrow = demain
web-deadline = Proposer un événement : jusqu’au { $day }

web-find = Trouver un événement
web-find-words = Un mot, un organisateur, un lieu
web-find-format = Format
web-find-mode = Participation
web-find-edition = Édition
web-find-region = Région
web-find-all = Tous
web-find-all-feminine = Toutes
web-find-go = Chercher
web-found = { $n ->
    [0] Aucun événement trouvé
    [one] { $n } événement trouvé
   *[other] { $n } événements trouvés
}
web-found-for = pour : { $what }
web-find-clear = Revoir tout le programme
web-find-nothing = Aucun événement ne correspond. Essayez un mot plus court, ou moins de critères.
web-find-from = à partir du { $day }
web-find-to = jusqu’au { $day }
web-empty = Aucun événement n’est encore annoncé. Cette page se remplira dès la première annonce.

web-upcoming = À venir
web-upcoming-none = Plus aucun événement daté n’est à venir.
web-undated = Date à préciser
web-undated-why = Annoncés, sans jour connu : ils n’entrent dans aucun agenda.
web-past-current = Déjà passés
web-past-earlier = Événements passés
web-past-editions = Éditions précédentes
web-past-year = Année { $year }
web-past-other = Sans édition
web-also-that-day = Autre créneau ce jour
web-more-slots = { $n ->
    [one] et { $n } autre créneau
   *[other] et { $n } autres créneaux
}
web-until = jusqu’au { $day }
web-also-announced = Aussi annoncé par { $names }
web-and-more = et { $n } de plus
web-organised-by = Organisé par { $names }
web-place-open = Lieu à préciser
web-online = En ligne
web-new-window = (autre site)
web-pages = Pages de résultats
web-page-of = Page { $page } sur { $pages }
web-page-next = Page suivante
web-page-previous = Page précédente

web-subscribe = S’abonner
web-subscribe-lead = Le programme reste à jour tout seul chez vous, sans compte ni adresse à donner.
web-subscribe-atom = Flux Atom
web-subscribe-atom-why = Chaque nouveauté dans votre lecteur de flux.
web-subscribe-ics = Agenda
web-subscribe-ics-why = Tous les créneaux datés dans votre calendrier.
web-subscribe-ics-file = télécharger le fichier
web-subscribe-rss = RSS
web-subscribe-rss-why = Pour les lecteurs et les sites plus anciens.
web-subscribe-csv = Tableau (CSV)
web-subscribe-json = JSON Feed
web-subscribe-json-why = Les mêmes données pour vos programmes.

web-back = Retour au programme
web-back-events = Tous les événements
web-when = Quand
web-where = Où
web-register = Inscription
web-register-go = S’inscrire
web-register-mail = S’inscrire par courriel
web-register-phone = S’inscrire par téléphone
web-register-where = Sur { $host }
web-register-opens = Ouverture : { $when }
web-register-closes = Clôture : { $when }
web-register-required = Inscription obligatoire
web-register-optional = Inscription facultative
web-register-free = Gratuit
web-register-paid = Payant
web-register-capacity = { $n ->
    [one] { $n } place
   *[other] { $n } places
}
web-register-capacity-slot = { $n ->
    [one] { $n } place par créneau
   *[other] { $n } places par créneau
}
web-register-left = { $n ->
    [0] plus aucune place
    [one] { $n } place restante
   *[other] { $n } places restantes
}
web-over = Cet événement est passé.
web-add-calendar = Ajouter à mon agenda
web-add-calendar-all = Ajouter tous les créneaux à mon agenda
web-slots = { $n ->
    [one] { $n } créneau
   *[other] { $n } créneaux
}
web-date-open-why = La date n’est pas encore connue : l’événement n’entre dans aucun agenda.
web-hours-in = Heures données en { $zone }
web-previously = Date précédente :
web-previously-no-more = (n’est plus valable)
web-status-cancelled = Cet événement est annulé.
web-status-postponed = Cet événement est reporté ; la nouvelle date n’est pas connue.
web-status-rescheduled = Cet événement a une nouvelle date.
web-status-moved-online = Cet événement se tiendra en ligne et non sur place.
web-full = Cet événement est complet.
web-waitlist = Complet : inscription sur liste d’attente.
web-since = depuis le { $day }
web-online-public = Ouvert à tous
web-online-link = Rejoindre en ligne
web-online-registered = Lien envoyé aux inscrits
web-about = Présentation
web-details = En détail
web-organisers = Organisation
web-co-organiser = co-organisateur
web-speakers = Intervenants
web-role-moderator = animation
web-access = Accessibilité de l’événement
web-formats = Format
web-audiences = Public
web-topics = Thèmes
web-tags = Mots-clés
web-regions = Région
web-editions = Édition
web-series = Parcours
web-step = étape { $n }
web-step-of = étape { $n } sur { $total }
web-resources = Ressources
web-announced = Annoncé par
web-announced-lead = { $n ->
    [one] Un organisateur annonce cet événement.
   *[other] { $n } organisateurs annoncent cet événement, réunis ici en un seul.
}
web-primary = fait foi
web-primary-why = Sa version est celle que vous lisez.
web-title-there = Y est intitulé :
web-see-there = Voir la page chez { $name }
web-joined = Réuni :
web-doubt-cancelled = { $name } annonce cet événement comme annulé ; celui qui fait foi ne l’a pas confirmé.
web-author-page = Page chez l’organisateur
web-data = Données de cet événement
web-rights = Droits
web-assumed = Supposé, non dit par l’organisateur : { $what }
web-assumed-zone = le fuseau horaire
web-assumed-end = l’heure de fin
web-assumed-region = la région
web-assumed-mode = la participation
web-assumed-language = la langue

web-sources-lead = { $n ->
    [one] Le programme lit { $n } flux. Voici ce qu’il y trouve.
   *[other] Le programme lit { $n } flux. Voici ce qu’il y trouve.
}
web-sources-good = { $n } à jour
web-sources-failing = { $n } en échec
web-sources-paused = { $n } en pause
web-sources-unread = { $n ->
    [one] { $n } jamais lu
   *[other] { $n } jamais lus
}
web-state-good = À jour
web-state-failing = En échec
web-state-paused = En pause
web-state-unread = Jamais lu
web-source = Source
web-region = Région
web-state = État
web-last-good = Dernière lecture
web-next = Prochaine
web-entries = Annonces
web-entry = Annonce :
web-history = Dernières visites
web-feed-address = Adresse du flux
web-never = jamais
web-history-words = { $n ->
    [one] { $n } visite, { $from } : { $told }.
   *[other] { $n } visites, de { $from } à { $to } : { $told }.
}
web-visits-fresh = { $n } avec du nouveau
web-visits-pushed = { $n ->
    [one] { $n } annoncée par le hub
   *[other] { $n } annoncées par le hub
}
web-visits-unchanged = { $n } sans changement
web-visits-failed = { $n } en échec
web-legend = Légende des dernières visites
web-visit-fresh = du nouveau
web-visit-pushed = du nouveau, annoncé par le hub
web-visit-unchanged = rien de changé
web-visit-failed = échec
web-findings = { $n ->
    [one] { $n } constat
   *[other] { $n } constats
}
web-severity-note = à savoir
web-severity-repair = réparé
web-severity-quarantine = en attente
web-severity-reject = refusé
web-mend = À faire :
web-failures = { $n ->
    [one] { $n } échec de suite
   *[other] { $n } échecs de suite
}
web-kept = La dernière bonne version reste au programme.
web-understood = { $dated } sur { $entries } avec une date, { $n2 } au profil complet
web-usual = Répond d’habitude en { $millis } ms.
web-hub = Hub
web-hub-tells = { $hub } nous prévient de chaque changement. Abonnement renouvelé de lui-même avant l’échéance : { $until }.
web-hub-waiting = { $hub } n’a pas encore confirmé notre abonnement : le flux est relevé à intervalles, comme les autres.
web-hub-silent = { $hub } ne prévient pas des changements : le flux est relevé à intervalles, comme les autres.
web-hub-told = Dernier changement annoncé : { $told }.
web-held = { $n ->
    [one] 1 annonce attend une relecture.
   *[other] { $n } annonces attendent une relecture.
}
web-paused-why = Elle n’est plus visitée ; ce qu’elle a annoncé reste au programme.
web-gone = Le serveur dit que ce flux est retiré pour de bon ; s’il le redit demain, il ne sera plus visité. Ses annonces restent.
web-moved = Le flux répond à une autre adresse : { $to }. L’équipe du programme la confirmera.
web-disappeared = { $gone } annonces sur { $of } ont disparu d’un coup : elles restent au programme jusqu’à ce que l’équipe décide.
web-disappeared-soon = { $gone } annonces sur { $of } ont disparu d’un coup : elles restent au programme, et le flux sera relu avant que l’équipe décide.
web-times = { $n } fois
web-more = et { $n } de plus
web-examples = Où ? Exemples de
web-findings-all = Tous les constats
web-findings-none = Aucun constat
web-from-source = Au programme, de cette source
web-from-source-none = Rien pour le moment.
web-more-events = { $n ->
    [one] et un autre événement
   *[other] et { $n } autres événements
}
web-no-visit = Elle n’a pas encore été visitée.
web-back-sources = Toutes les sources
web-sources-opml = Ces flux pour un lecteur (OPML)
web-sources-json = Ces données en JSON
web-region-none = Nationale ou non précisée
web-sources-alerts = Les alertes, à suivre dans un lecteur de flux
web-alerts-title = { $title } : alertes sur ses sources
web-alerts-why = Les sources qui n’ont pas pu être lues depuis un jour, ont disparu, déménagé ou perdu beaucoup d’événements d’un coup.
web-alert-silent = { $name } : plus rien n’a pu être lu depuis un jour
web-alert-gone = { $name } : son flux a disparu
web-alert-moved = { $name } : son flux a déménagé
web-alert-disappeared = { $name } : { $gone ->
    [one] une annonce a disparu
   *[other] { $gone } annonces ont disparu d’un coup
}
web-alert-last-good = Dernière lecture : { $day }, { $hour }.
web-alert-never = { $name } : cette source n’a jamais pu être lue
web-alert-never-do = Son adresse est-elle juste ?
web-alert-disappeared-do = S’ils devaient disparaître : essaim decisions release --disappeared { $key }
web-alert-moved-do = Une fois vérifié : essaim sources approve { $key }

web-403 = Cette action ne vous est pas ouverte
web-403-why = Votre compte n’a pas ce droit, ou la demande vient d’un autre site.
web-404 = Cette page n’existe pas
web-404-why = L’adresse est peut-être incomplète, ou l’événement a été retiré par son auteur.
web-405 = Cette page ne fait que se lire
web-405-why = La demande envoyée n’est pas de celles que cette adresse accepte.
web-413 = C’est trop volumineux
web-413-why = Ce qui a été envoyé dépasse 24 Mo. Revenez en arrière : rien n’est effacé de votre formulaire.
web-500 = Quelque chose s’est cassé chez nous
web-500-why = Ce n’est pas votre faute. Réessayez dans un instant ; si cela dure, écrivez à l’équipe du programme.
web-503 = La page tarde trop
web-503-why = Le serveur est occupé. Réessayez dans un instant.

# Receipts: why an entry is not, or not as it is written, in the programme; by which rule it was joined.
receipt-author = une correction est attendue : la version précédente reste, ou l’événement attend
receipt-missing = le flux ne le liste plus : sa dernière version reste
receipt-hidden = l’équipe du programme a choisi de ne pas le montrer
receipt-review = l’équipe du programme relit cette source avant de publier
receipt-soon = reçu : il paraîtra dans le programme, ou en vient déjà
receipt-rule-decision = une personne l’a dit
receipt-rule-with = chacun nomme l’autre
receipt-rule-chain = un agrégateur dit d’où il le tient
receipt-rule-page = la même page
receipt-rule-registration = la même adresse d’inscription
receipt-rule-twice = annoncé deux fois par la même source
receipt-rule-confirmed = réunis auparavant
receipt-rule-likeness = ils se ressemblent

# The list for other people's pages, and the feed of what is new.
web-subscribe-news = Nouveautés et changements (Atom)
web-subscribe-news-why = dit ce qui est nouveau, annulé, déplacé ou complet.
embed-all = Tous les événements
embed-calendar = S’abonner au calendrier
embed-offer = Montrer cette liste sur un autre site
embed-offer-why = À coller dans une page, par exemple dans un bloc « HTML personnalisé » de WordPress. La liste suit d’elle-même, ne dépose aucun cookie et ne charge rien d’ailleurs.
