# Code lists of the profile, and what stands beside dates.
hour-open = horaire à préciser
date-open = date à préciser
all-day = toute la journée
zone-of = heure de { $city }

status-scheduled = Programmé
status-rescheduled = Nouvelle date
status-moved-online = Déplacé en ligne
status-postponed = Reporté
status-cancelled = Annulé

availability-open = Places disponibles
availability-full = Complet
availability-waitlist = Liste d’attente
availability-closed = Inscriptions closes

mode-offline = En présentiel
mode-online = En ligne
mode-mixed = Hybride

format-workshop = Atelier
format-webinar = Webinaire
format-round-table = Table ronde
format-talk = Conférence
format-exhibition = Exposition
format-training = Formation
format-visit = Visite, portes ouvertes
format-hackathon = Hackathon
format-simplificathon = Simplificathon
format-serious-game = Jeu sérieux
format-barcamp = Barcamp
format-demo = Démonstration
format-debate = Débat
format-other = Autre

audience-public-servants = Agents publics
audience-managers = Managers
audience-elected = Élus
audience-citizens = Grand public
audience-everyone = Tous publics
audience-internal = Réservé à l’organisme

accessibility-hi = Accessible : handicap auditif
accessibility-vi = Accessible : handicap visuel
accessibility-pi = Accessible : handicap psychique
accessibility-mi = Accessible : handicap moteur
accessibility-ii = Accessible : handicap intellectuel
accessibility-lsf = Langue des signes française
accessibility-captions = Sous-titrage
accessibility-step-free = Accès de plain-pied

resource-slides = Diaporama
resource-video = Vidéo
resource-photos = Photos
resource-report = Compte rendu
resource-transcript = Transcription
resource-other = Document

region-FR-ARA = Auvergne-Rhône-Alpes
region-FR-BFC = Bourgogne-Franche-Comté
region-FR-BRE = Bretagne
region-FR-CVL = Centre-Val de Loire
region-FR-COR = Corse
region-FR-20R = Corse
region-FR-GES = Grand Est
region-FR-HDF = Hauts-de-France
region-FR-IDF = Île-de-France
region-FR-NOR = Normandie
region-FR-NAQ = Nouvelle-Aquitaine
region-FR-OCC = Occitanie
region-FR-PDL = Pays de la Loire
region-FR-PAC = Provence-Alpes-Côte d’Azur
region-FR-971 = Guadeloupe
region-FR-972 = Martinique
region-FR-973 = Guyane
region-FR-974 = La Réunion
region-FR-976 = Mayotte
region-FR-PM = Saint-Pierre-et-Miquelon
region-FR-BL = Saint-Barthélemy
region-FR-MF = Saint-Martin
region-FR-TF = Terres australes et antarctiques françaises
region-FR-WF = Wallis-et-Futuna
region-FR-PF = Polynésie française
region-FR-NC = Nouvelle-Calédonie
