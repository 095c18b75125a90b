# La ligne de commande.
command-imported = { $added } ajoutés, { $changed } modifiés, { $unchanged } inchangés, { $withdrawn } retirés.
backup-done = { $rows ->
    [one] 1 ligne sauvegardée
   *[other] { $rows } lignes sauvegardées
} dans { $file }.
restore-done = { $rows ->
    [one] 1 ligne remise en place.
   *[other] { $rows } lignes remises en place.
}
export-site = { $count } fichiers écrits sous { $folder }.
import-rehearsed = Répétition : rien n’a été écrit. Voici ce qui le serait :
import-table = { $rows } lignes. Colonnes :
import-table-of = { $rows } lignes de la feuille « { $sheet } ». Colonnes :
import-left-out = laissée de côté (--column pour dire ce qu’elle contient)
import-other-sheets = Autres feuilles, non lues : { $names }
check-feeds = { $count ->
    [one] un flux a été trouvé :
   *[other] { $count } flux ont été trouvés, le plus riche en premier :
}
check-feed = entrées : { $entries }, datées : { $dated }
command-round = { $sources } sources : { $fetched } lues, { $unchanged } inchangées, { $failed } en échec ; { $entries } entrées, { $events } événements, dont { $merged } annoncés par plusieurs ; { $seconds } s.
command-dry-run = Répétition : rien n’a été écrit. Voici ce qui changerait (+ ajouté, ~ modifié, = réuni, - retiré) :
command-demo-nodes = { $count } nœuds, un par organisateur :
command-demo = { $events } événements, de { $entries } entrées de { $sources } sources ; { $merged } sont annoncés par plusieurs. L’horloge des pages est arrêtée au { $day }.
command-demo-end = Ctrl-C pour terminer.
command-demo-ended = Terminé.

# Les décisions.
decisions-held = { $count ->
    [0] En attente de relecture : rien.
    [one] En attente de relecture : 1 entrée d’une source sous relecture (release).
   *[other] En attente de relecture : { $count } entrées de sources sous relecture (release).
}
decisions-disappeared = { $count ->
    [one] Disparition en masse : 1 source, ses événements sont gardés en attendant une décision.
   *[other] Disparitions en masse : { $count } sources, leurs événements sont gardés en attendant une décision.
}
decisions-of = { $gone } entrées sur { $of } ont disparu d’un coup le { $since }.
decisions-doubts = { $count ->
    [0] Doutes : aucun.
    [one] Doutes : 1.
   *[other] Doutes : { $count }.
}
doubt-cancelled-by-copy = la copie se dit annulée, pas l’entrée qui fait foi (primary, si la copie a raison)
doubt-drifted = réunies autrefois, elles ne concordent plus (same pour confirmer, different pour séparer)
doubt-perhaps = peut-être le même événement, ressemblance { $percent } % (same ou different)
decisions-quarantined = { $count ->
    [0] En attente de leur auteur : aucune entrée.
    [one] En attente de son auteur : 1 entrée.
   *[other] En attente de leur auteur : { $count } entrées.
}
decisions-ruled = { $count ->
    [0] Décisions : aucune.
    [one] Décisions : 1.
   *[other] Décisions : { $count }.
}
decisions-back = (retirée le { $at })
decisions-already = C’est déjà décidé : décision { $decision }.
decisions-undone-already = La décision { $decision } a déjà été retirée.
decisions-no-field = Il n’y a pas de champ { $field } à corriger. Champs : { $fields }.
decisions-unusable = « { $value } » ne peut pas être le champ { $field } de cet événement : `essaim decisions correct --help` dit comment il s’écrit.
decisions-one-entry = Les deux noms désignent une seule et même entrée.
decisions-not-hidden = « { $title } » n’est caché par aucune décision.
decisions-not-held = « { $title } » n’attend aucune relecture.
decisions-by-whom = Qui décide ? Ajoutez --by NOM.
decisions-made = Décision { $decision } : { $ruled }, par { $by }.
decisions-taken-back = Décision { $decision } retirée : { $ruled }.
decisions-no-effect = Le programme n’en est pas changé.
decisions-effect = Dans le programme :
decisions-joined = deux événements n’en font plus qu’un : la page de « { $younger } », le plus récent, mène à « { $older } »
decisions-speaks = « { $title } » : { $is } fait foi, à la place de { $was }
decisions-shown = « { $title } » est montré
decisions-gone = « { $title } » n’est plus montré ; ceux qui suivent le programme en sont avertis
decisions-changed = « { $title } » change
decisions-soon = Un agrégateur en marche en tient compte dans les secondes qui suivent.
unknown-entry = Aucune entrée ne s’appelle « { $name } » : « essaim decisions list » donne les noms courts.
unknown-entry-near = Aucune entrée ne s’appelle « { $name } ». Proches :
several-entry = « { $name } » désigne plusieurs entrées :
unknown-source = Aucune source n’a la clé « { $name } » : « essaim sources list » les donne.
unknown-source-near = Aucune source n’a la clé « { $name } ». Proches :
several-source = « { $name } » désigne plusieurs sources :
unknown-decision = Aucune décision ne s’appelle « { $name } ».
unknown-decision-near = Aucune décision ne s’appelle « { $name } ». En vigueur :
several-decision = « { $name } » désigne plusieurs décisions :

# Les sources.
command-levels = { $count ->
    [0] Compris : aucune entrée.
    [one] Compris : 1 entrée, dont { $dated } datée (N2 : { $n2 }, N1 : { $n1 }, N0 : { $n0 }).
   *[other] Compris : { $count } entrées, dont { $dated } datées (N2 : { $n2 }, N1 : { $n1 }, N0 : { $n0 }).
}
sources-home = { $page } est une page web qui mène à { $count ->
    [one] un flux
   *[other] { $count } flux
} ; celui qui en dit le plus est retenu : { $feed }
sources-moved = { $from } renvoie pour de bon vers { $to } : cette adresse est retenue.
sources-not-added = La source n’a pas été ajoutée ; --anyway l’ajoute telle quelle.
sources-key-taken = La clé { $key } est prise : donnez-en une autre avec --key.
sources-known = Cette adresse est déjà celle de { $name } ({ $key }).
sources-added = { $name } est ajoutée sous la clé { $key }, et sera lue à la prochaine tournée.
sources-added-review = { $name } est ajoutée sous la clé { $key } ; ce qu’elle dit attendra une relecture (essaim decisions).
sources-column-key = Clé
sources-column-name = Nom
sources-column-state = État
sources-column-good = Dernière lecture
sources-column-next = Prochaine
sources-column-entries = Entrées
sources-column-findings = Constats
sources-held = { $count ->
    [one] 1 entrée de { $key } attend une relecture : essaim decisions … release --source { $key }
   *[other] { $count } entrées de { $key } attendent une relecture : essaim decisions … release --source { $key }
}
sources-nothing-to-approve = Rien n’est à approuver pour { $name } : elle n’est pas sous relecture et n’a pas déménagé.
sources-approved = Ce que dit { $name } est publié aussitôt, désormais.
sources-paused = { $name } n’est plus visitée ; ce qu’elle a dit reste.
sources-paused-already = { $name } était déjà en pause.
sources-resumed = { $name } est de nouveau visitée.
sources-not-paused = { $name } n’était pas en pause.
sources-imported = { $added } ajoutées, { $known } déjà connues, { $refused } refusées.
sources-imported-review = Ce qu’elles disent attendra une relecture : essaim decisions, ou essaim sources approve.
sources-rehearsed = Répétition : rien n’a été écrit.
sources-exported = { $count ->
    [one] 1 source écrite dans { $file }.
   *[other] { $count } sources écrites dans { $file }.
}
decisions-confirmed = une seconde lecture l’a confirmé : release --disappeared, si c’est voulu
decisions-unconfirmed = une seconde lecture est à venir ; release --disappeared, si c’est voulu
decisions-nothing-disappeared = Rien n’a disparu d’un coup de { $name }.
decisions-emptied = Ce qui a disparu sera retiré à la prochaine lecture, s’il manque toujours.
sources-moved-approved = { $name } est désormais lue à l’adresse { $to }.

# Ce que dit « check » d’une réponse.
check-redirected = Répond depuis { $address }
check-moved = A déménagé pour de bon à { $address }
check-type = Type : { $type }
check-unsaid = non dit
check-no-validators = Sans ETag ni Last-Modified : le flux entier est relu à chaque visite.
check-validators = Relu seulement quand il change ({ $names }).
check-wait = Demande d’attendre { $wait } entre deux visites.
check-hub = Prévient des changements par { $hub }
command-set-up = Ce nœud n’a pas encore de compte. Ouvrez { $base }desk/set-up?code={ $code }
    (le code est { $code } ; il vaut jusqu’à la création du premier compte ou l’arrêt du nœud)
command-users-link = Envoyez ce lien à { $name }, qui choisira par lui son mot de passe ; il vaut une fois, pendant sept jours :
    { $link }
command-users-taken = Un compte porte déjà le nom { $name }.
command-users-unknown = Aucun compte ne porte le nom { $name }.
command-users-removed = { $name } ne peut plus se connecter ; ce qui a été écrit reste.
command-users-last = { $name } est le dernier compte qui peut administrer ce nœud : donnez d’abord ce rôle à quelqu’un d’autre.
command-node-try = Un essai : à l’adresse { $base }, il n’est lu que sur cette machine, et les identifiants gardent pour toujours
    le nom qu’il a à la mise en service. Pour de bon : essaim node --print-config > node.toml, mettez-y public_url, puis essaim node.
