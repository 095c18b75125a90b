# Code lists of the profile, and what stands beside dates.
hour-open = time to be confirmed
date-open = date to be confirmed
all-day = all day
zone-of = { $city } time

status-scheduled = Scheduled
status-rescheduled = New date
status-moved-online = Moved online
status-postponed = Postponed
status-cancelled = Cancelled

availability-open = Places available
availability-full = Full
availability-waitlist = Waiting list
availability-closed = Registration closed

mode-offline = On site
mode-online = Online
mode-mixed = Hybrid

format-workshop = Workshop
format-webinar = Webinar
format-round-table = Round table
format-talk = Talk
format-exhibition = Exhibition
format-training = Training
format-visit = Visit, open day
format-hackathon = Hackathon
format-simplificathon = Simplificathon
format-serious-game = Serious game
format-barcamp = Barcamp
format-demo = Demonstration
format-debate = Debate
format-other = Other

audience-public-servants = Public servants
audience-managers = Managers
audience-elected = Elected officials
audience-citizens = General public
audience-everyone = Everyone
audience-internal = Staff only

accessibility-hi = Accessible: hearing
accessibility-vi = Accessible: sight
accessibility-pi = Accessible: mental disability
accessibility-mi = Accessible: mobility
accessibility-ii = Accessible: intellectual disability
accessibility-lsf = French sign language
accessibility-captions = Captions
accessibility-step-free = Step-free access

resource-slides = Slides
resource-video = Video
resource-photos = Photos
resource-report = Report
resource-transcript = Transcript
resource-other = Document

region-FR-ARA = Auvergne-Rhône-Alpes
region-FR-BFC = Bourgogne-Franche-Comté
region-FR-BRE = Brittany
region-FR-CVL = Centre-Val de Loire
region-FR-COR = Corsica
region-FR-20R = Corsica
region-FR-GES = Grand Est
region-FR-HDF = Hauts-de-France
region-FR-IDF = Île-de-France
region-FR-NOR = Normandy
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
