"""The words that made-up people, companies and campaigns are built from.

Phone numbers come from the ranges that the French and German regulators keep for fiction.
"""

from __future__ import annotations

import typing as t

FIRST_NAMES = (
    ("Maëlle", "F"), ("Noé", "M"), ("Zoé", "F"), ("Loïc", "M"), ("Anaïs", "F"), ("Jürgen", "M"),
    ("Käthe", "F"), ("Björn", "M"), ("Élodie", "F"), ("Théo", "M"), ("Inès", "F"), ("Göran", "M"),
    ("Margaux", "F"), ("Yann", "M"), ("Rosalie", "F"), ("Bastien", "M"), ("Friederike", "F"),
    ("Lorenz", "M"), ("Aude", "F"), ("Corentin", "M"), ("Sölvi", "U"), ("Camille", "U"),
    ("Jean-Luc", "M"), ("Marie-Ève", "F"), ("Gwenaël", "M"), ("Swantje", "F"), ("Ophélie", "F"),
    ("Tilmann", "M"), ("Clémence", "F"), ("Achim", "M"), ("Nolwenn", "F"), ("Ruben", "M"),
)  # fmt: skip

LAST_NAMES = (
    "Kervella", "Müllenhoff", "d'Arvieu", "Le Goff", "Straßer", "Bäuerle", "Chaînay", "O'Keltair",
    "Großkopf", "Pérignac", "Vauclair", "Lindhövel", "Garrouste", "Moßmann", "Tréhorel", "Aubépine",
    "Wörthmann", "Castagnède", "Hügelmann", "Fontbrune", "Quéméner", "Ziegenhals", "Rouvière",
    "Dörrwald", "Sénéchaux", "Obstfelder", "Bellegarrigue", "Kräuterle", "Montferrand", "Nüssli",
)  # fmt: skip

SURNAME_PREFIXES = ("", "", "", "", "de ", "von ", "")

JOBS = ("Gérante", "Hofleitung", "Maraîcher", "Buchhaltung", "Présidente", "Imkerin", "", "")

TAGS = ("Bio", "Hofladen", "Circuit court", "Messe", "Genossenschaft", "VIP", "Élevage", "Rhône")

STREETS = ("Chemin des Vergers", "Hofgasse", "Rue de l'Abreuvoir", "Mühlenweg", "Am Obstgarten",
           "Impasse du Puits", "Allée des Tilleuls", "Weinbergstraße")  # fmt: skip

FARM_FIRST = ("Ferme", "Hof", "Domaine", "Atelier", "Coopérative", "Moulin", "Rucher", "Brasserie",
              "Käserei", "Verger", "Gärtnerei", "Bergerie")  # fmt: skip

FARM_LAST = ("de l'Aubépine", "du Chêne Vert", "Sonnenhügel", "des Trois Ruisseaux", "d'Argoat",
             "am Birkenwäldchen", "de la Forêt Bleue", "Wühlmaus & Söhne", "du Pré d'Émeraude",
             "Grünspecht", "de Roche-Élan", "Löwenzahn", "aux Sept Épis", "Nebelgrund")  # fmt: skip

COMPANY_FORMS = ("GmbH", "SARL", "SAS", "eG", "EURL", "GbR", "SCOP", "KG")

SUPPLIES = ("Verpackung", "Semences", "Imprimerie", "Logistik", "Serverhosting", "Outillage")

ORGANISATIONS = ("Verein", "Association", "Réseau", "Initiative", "Fédération")

PHRASES = (
    "Appeler après les vendanges.", "Bitte vor der Ernte melden.", "Préfère l'e-mail.",
    "Rückruf nächste Woche", "À relancer — dossier prêt à 80 %", "Sehr interessiert 🌱",
    "Devis \"printemps\" envoyé; attend l'accord", "Liefert auch über den Hofladen.",
)  # fmt: skip

COMMENTS = (
    "Bravo, magnifique projet !", "Viel Erfolg 🌻", "Hâte de goûter !", "Courage à l'équipe",
    "Wann geht es los?", "So proud of you", "Une belle idée <3", "C'est parti… 🚜🐝",
    "Wir kommen zur Eröffnung!", "Ligne une\nligne deux", "L'été sera doux", "Toll & regional",
)  # fmt: skip

NEWS = (
    ("Premier palier atteint", "Erste Etappe geschafft", "First step reached"),
    ("Les travaux commencent", "Die Arbeiten beginnen", "Work begins"),
    ("Merci à vous", "Danke an euch", "Thank you"),
    ("Visite de la ferme", "Hofbesuch", "Farm visit"),
)

TASKS = ("Konzeption", "Redaktion", "Umsetzung", "Suivi de campagne", "Projektleitung", "Photos")

DEAL_STAGES = (("Erstkontakt", 5), ("Dossier reçu", 25), ("Angebot verschickt", 50),
               ("Verhandlung", 75), ("Accord oral", 90))  # fmt: skip


class Place(t.NamedTuple):
    """A town with its codes."""

    city: str
    post_code: str
    department: str
    region: str
    region_name: str
    country: str


PLACES = (
    Place("Angers", "49000", "49", "52", "Pays de la Loire", "FR"),
    Place("Nîmes", "30000", "30", "76", "Occitanie", "FR"),
    Place("Besançon", "25000", "25", "27", "Bourgogne-Franche-Comté", "FR"),
    Place("Quimper", "29000", "29", "53", "Bretagne", "FR"),
    Place("L'Haÿ-les-Roses", "94240", "94", "11", "Île-de-France", "FR"),
    Place("Mâcon", "71000", "71", "27", "Bourgogne-Franche-Comté", "FR"),
    Place("Liège", "4000", "", "", "Wallonie", "BE"),
    Place("Lübeck", "23552", "", "", "Schleswig-Holstein", "DE"),
    Place("Würzburg", "97070", "", "", "Bayern", "DE"),
)


class Theme(t.NamedTuple):
    """What a campaign is about; `name` and `text` in French, German, English."""

    category: str
    name: tuple[str, str, str]
    text: tuple[str, str, str]


THEMES = (
    Theme("apiculture", ("Des ruches pour", "Bienenstöcke für", "Hives for"),
          ("Installer vingt ruches", "Zwanzig Bienenstöcke aufstellen", "Put up twenty hives")),
    Theme("lait", ("La fromagerie", "Die Käserei", "The dairy"),
          ("Une cave d'affinage à l'ancienne", "Ein Reifekeller", "A ripening cellar")),
    Theme("viticulture", ("Replanter", "Neue Reben für", "New vines for"),
          ("Des cépages oubliés", "Vergessene Rebsorten", "Forgotten grape varieties")),
    Theme("horticulture", ("Un verger à", "Ein Obstgarten für", "An orchard at"),
          ("Replanter un verger ancien", "Alte Apfelsorten pflanzen", "Replant old apple trees")),
    Theme("alcool", ("La brasserie", "Die Brauerei", "The brewery"),
          ("Brasser l'orge du village", "Gerste aus dem Dorf brauen", "Brew the village's barley")),
    Theme("elevage", ("Un abri pour le troupeau", "Ein Stall für", "A barn for"),
          ("Un bâtiment pour cent brebis", "Ein Stall für Schafe", "A barn for a hundred ewes")),
    Theme("sucre", ("La confiturerie", "Die Marmeladenküche", "The jam kitchen"),
          ("Cuire en chaudron de cuivre", "Im Kupferkessel kochen", "Cook in copper kettles")),
    Theme("innovation", ("Le séchoir solaire", "Der Solartrockner", "The solar dryer"),
          ("Sécher les plantes au soleil", "Kräuter an der Sonne", "Dry herbs in the sun")),
)  # fmt: skip

COLLECT_TYPES = ("donation", "lending")

TIMEFRAMES = ("within_month", "next_months", "another_quarter")
