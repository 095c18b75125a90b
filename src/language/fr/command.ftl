# La ligne de commande.
command-imported = { $added } ajoutés, { $changed } modifiés, { $unchanged } inchangés, { $withdrawn } retirés.
command-entries = { $count ->
    [0] aucune entrée
    [one] 1 entrée
   *[other] { $count } entrées
}
command-round = { $sources } sources : { $fetched } lues, { $unchanged } inchangées, { $failed } en échec ; { $entries } entrées, { $events } événements, dont { $merged } annoncés par plusieurs ; { $seconds } s.
command-dry-run = Répétition : rien n’a été écrit. Voici ce qui changerait (+ ajouté, ~ modifié, = réuni, - retiré) :
command-demo-nodes = { $count } nœuds, un par organisateur :
command-demo = { $events } événements, de { $entries } entrées de { $sources } sources ; { $merged } sont annoncés par plusieurs. L’horloge des pages est arrêtée au { $day }.
command-demo-end = Ctrl-C pour terminer.
command-demo-ended = Terminé.
