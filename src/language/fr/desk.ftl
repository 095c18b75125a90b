# Le bureau du laboratoire : entrer, les comptes, le laboratoire.
desk-home = Vos événements
desk-accounts = Comptes
desk-lab = Laboratoire
desk-public = Pages publiques
desk-sign-in = Se connecter
desk-sign-out = Se déconnecter
desk-me = Mon compte
desk-save = Enregistrer
desk-choose = Choisir…
desk-more = Plus de réglages
desk-problems = À corriger avant de continuer
desk-feed-at = Votre flux, à donner au programme :
desk-session-ended = Votre session est terminée. Connectez-vous : ce que vous avez écrit est gardé sur cette page et reviendra aussitôt.
desk-forgotten = Mot de passe oublié ? Une administratrice ou un administrateur de votre nœud peut vous envoyer un lien.

desk-refused-wrong = Ce nom et ce mot de passe ne vont pas ensemble.
desk-refused-wait = Trop d’essais. Attendez { $n } s avant de réessayer.
desk-refused-short = Un mot de passe a au moins { $n } caractères : quelques mots suffisent.
desk-refused-long = Un mot de passe a au plus { $n } caractères.
desk-refused-obvious = Ce mot de passe se devine : il répète le nom du compte ou un seul caractère.
desk-refused-taken = Un compte porte déjà ce nom.
desk-refused-expired = Ce lien n’est plus valable : il a servi, il a été remplacé, ou il a plus de sept jours. Demandez-en un nouveau.
desk-refused-last-admin = C’est le dernier compte qui peut administrer ce nœud : donnez d’abord ce rôle à quelqu’un d’autre.

desk-set-up = Mise en service
desk-set-up-why = Encore une minute : dites quel laboratoire publie ici et qui écrit le premier. Tout pourra être changé ensuite, sauf les identifiants.
desk-set-up-code-title = Le code du terminal
desk-set-up-code = Code de mise en service
desk-set-up-code-hint = Il est affiché là où le nœud a été démarré. Lui seul permet de créer le premier compte.
desk-set-up-code-wrong = Ce n’est pas le code affiché au démarrage du nœud. Si le nœud a redémarré, le code a changé.
desk-set-up-account = Le premier compte
desk-set-up-go = Mettre en service

desk-lab-name = Nom du laboratoire
desk-lab-name-bad = Donnez le nom du laboratoire.
desk-lab-title = Titre des pages et du flux
desk-lab-title-hint = Vide : le nom du laboratoire.
desk-lab-title-bad = Ce titre est trop long.
desk-lab-region = Région
desk-lab-region-hint = L’heure des événements en suit le fuseau.
desk-lab-region-bad = Choisissez une région, ou donnez un fuseau horaire.
desk-lab-zone = Fuseau horaire
desk-lab-zone-hint = Vide : celui de la région. Sinon un nom tel que Europe/Paris ou Pacific/Marquesas.
desk-lab-zone-bad = Ce fuseau n’est pas connu : écrivez-le comme Europe/Paris.
desk-lab-page = Adresse du site du laboratoire
desk-lab-page-hint = Facultatif.
desk-lab-licence = Licence de ce que vous publiez
desk-lab-licence-hint = Sans licence, les programmes montrent vos annonces mais ne peuvent pas les redonner.
desk-lab-licence-none = Aucune
desk-lab-language = Langue des textes
desk-lab-tag = Vos identifiants commencent, pour toujours, par
desk-address-bad = Cette adresse est incomplète : écrivez-la en entier, à partir de https://

desk-account-name = Adresse électronique ou identifiant
desk-account-name-hint = Pour se connecter. N’est jamais publié.
desk-account-name-bad = Écrivez une adresse ou un identifiant sans espace ni barre oblique.
desk-account-shown = Nom
desk-account-shown-hint = Tel que les collègues le voient dans l’historique.
desk-account-shown-bad = Donnez un nom.
desk-account-invited = invitation envoyée, pas encore acceptée
desk-account-remove = Supprimer
desk-password = Mot de passe
desk-password-hint = Au moins 12 caractères.
desk-password-old = Mot de passe actuel
desk-password-new = Nouveau mot de passe
desk-password-change = Changer le mot de passe
desk-everywhere = Se déconnecter partout
desk-everywhere-why = Toutes vos sessions se terminent, sur cet appareil et sur les autres. Vos brouillons restent.
desk-invitation = Choisir un mot de passe
desk-invitation-why = choisissez le mot de passe avec lequel vous entrerez.
desk-invitation-go = Entrer
desk-invite = Inviter quelqu’un
desk-invite-go = Créer le lien d’invitation
desk-link-made = Lien à envoyer à
desk-link-why = Il n’est montré qu’une fois, sert une fois et vaut sept jours.
desk-link-new = Nouveau mot de passe par lien
desk-role = Rôle
desk-role-change = Changer le rôle
desk-role-organiser = Organisation
desk-role-organiser-why = écrit et modifie ses propres événements
desk-role-editor = Rédaction
desk-role-editor-why = modifie tous les événements
desk-role-admin = Administration
desk-role-admin-why = règle aussi les comptes et le laboratoire
desk-sessions = { $n ->
    [0] aucune session
    [one] { $n } session
   *[other] { $n } sessions
}
desk-sessions-end = Terminer les sessions

desk-done-set-up = Votre nœud est en service.
desk-done-password = Le mot de passe est changé.
desk-done-accounts = C’est fait.
desk-done-lab = Le laboratoire est enregistré.
