# SPDX-License-Identifier: Apache-2.0
"""What the invented listings say: towns around Marmande, and the words of each theme.

Everything is made up.  Each theme is a function (rng, town) -> fields of a record; the same rng gives the same texts.
"""

# name, postcode, latitude, longitude, with its article where French wants one
TOWNS = [
    ("Marmande", "47200", 44.5003, 0.1654), ("Tonneins", "47400", 44.3906, 0.3092),
    ("Sainte-Bazeille", "47180", 44.5303, 0.0967), ("Virazeil", "47200", 44.5147, 0.2206),
    ("Meilhan-sur-Garonne", "47180", 44.5203, 0.0339), ("Couthures-sur-Garonne", "47180", 44.5136, 0.0836),
    ("Fourques-sur-Garonne", "47200", 44.4497, 0.1550), ("Le Mas-d'Agenais", "47430", 44.4083, 0.2192),
    ("Clairac", "47320", 44.3606, 0.3781), ("Casteljaloux", "47700", 44.3150, 0.0880),
    ("Duras", "47120", 44.6767, 0.1831), ("Seyches", "47350", 44.5528, 0.3022),
    ("Miramont-de-Guyenne", "47800", 44.6025, 0.3606), ("Cocumont", "47250", 44.4547, 0.0289),
    ("Gontaud-de-Nogaret", "47400", 44.4514, 0.2953), ("Lagruère", "47400", 44.4019, 0.2597),
    ("Caumont-sur-Garonne", "47430", 44.4411, 0.1800), ("Villeton", "47400", 44.3639, 0.2725),
    ("Bouglon", "47250", 44.3858, 0.1008), ("Damazan", "47160", 44.2903, 0.2775),
]

# Where C'for good answers for when it is not told where it is asked from.
BORDEAUX = [("Bordeaux", "33000", 44.8378, -0.5792)]

STREETS = ["rue de la Libération", "place Clemenceau", "quai de la Garonne", "chemin du Canal", "rue de l'Église",
           "avenue Jean-Jaurès", "rue des Tonneliers", "boulevard Gambetta", "impasse des Pruniers",
           "route de la Tomate", "allée des Platanes", "rue du Port", "place du Marché", "rue Labat"]

FIRST_NAMES = ["Amandine", "Bastien", "Chloé", "Damien", "Élodie", "Fabrice", "Gaëlle", "Hugo", "Inès", "Jérôme",
               "Léa", "Mathieu", "Noémie", "Océane", "Pierre", "Rachid", "Solène", "Thomas", "Yasmine", "Zoé"]


def at(town):
    """« à Marmande », « au Mas-d'Agenais »."""
    return "au " + town[3:] if town.startswith("Le ") else "à " + town


def _fields(title, title_en, text, price, unit, capacity=None, **extra):
    return {"title": title, "title_en": title_en, "text": text, "price_minor": price, "unit": unit,
            "capacity": capacity, "extra": extra}


SHOPS = [("Café", "Restauration", 16, "café de spécialité et pâtisseries du jour"),
         ("Épicerie", "Alimentation", 11, "produits du Marmandais en vrac"),
         ("Librairie", "Culture", 12, "livres neufs et d'occasion, coin lecture"),
         ("Boulangerie", "Alimentation", 11, "pain au levain, farines du moulin voisin"),
         ("Atelier vélo", "Réparation", 14, "réparation et location de vélos"),
         ("Savonnerie", "Artisanat", 10, "savons à froid, sans huile de palme"),
         ("Friperie", "Mode", 13, "vêtements de seconde main choisis"),
         ("Fleuriste", "Artisanat", 10, "fleurs de saison cultivées à moins de 50 km")]
SHOP_NAMES = ["du Passage", "des Halles", "de la Garonne", "du Vieux Port", "des Cornières", "de la Tour",
              "du Canal", "Sous les Platanes", "de l'Écluse", "du Marché"]
OFFERS = [("UN CAFé OFFERT", "Offert"), ("REMISE DE BIENVENUE", "5 €"), ("DéGUSTATION", "Offert"),
          ("MOITIé PRIX", "50 %"), ("OFFRE FLASH", "10 €"), ("REMISE HABITANTS", "15 %")]
LABELS = ["Action Locale", "Épanouissement personnel", "Circuit court", "Zéro déchet", "Insertion"]


def deal(rng, town):
    shop, activity, category, what = rng.choice(SHOPS)
    name = f"{shop} {rng.choice(SHOP_NAMES)}"
    perks = rng.sample(OFFERS, rng.choice([0, 1, 1, 2, 3]))
    return _fields(name, name, f"{name}, {at(town)} : {what}. Une remise pour vous, un don pour une association du territoire.",
                   None, "item", None, activity=rng.choice([activity, activity, None]), category=category,
                   labels=rng.sample(LABELS, rng.randint(0, 2)), perks=perks, likes=rng.randint(0, 60),
                   places=rng.choice([0, 1, 1, 1, 1, 1, 2]))


VANS = [("CoachBuilt", "Capucine", [5, 6]), ("LowProfile", "Profilé", [4, 5]), ("Van", "Van aménagé", [2, 4]),
        ("Integral", "Intégral", [4, 5]), ("Bus", "Combi Westfalia", [2, 4])]
VAN_EXTRAS = ["panneau solaire", "porte-vélos", "auvent", "chauffage stationnaire", "caméra de recul", "douche extérieure"]


def van(rng, town):
    kind, words, seats = rng.choice(VANS)
    places, extras = rng.choice(seats), rng.sample(VAN_EXTRAS, 2)
    return _fields(f"{words} {places} places {at(town)}", f"{words}, {places} seats, in {town}",
                   f"{words} bien entretenu, {places} places carte grise, avec {extras[0]} et {extras[1]}. "
                   f"Remise des clés {at(town)}.", rng.choice([6500, 7500, 8000, 8950, 9500, 11000, 12500]), "day",
                   places, vehicle=kind, beds=places - rng.choice([0, 1]), instant=rng.random() < .5,
                   owner=rng.choice(FIRST_NAMES))


HOMES = [("Maison de bourg", "Town house"), ("Ancien séchoir à tabac", "Old tobacco barn"), ("Longère", "Long farmhouse"),
         ("Appartement avec balcon", "Flat with a balcony"), ("Moulin rénové", "Restored mill"), ("Maison d'éclusier", "Lock-keeper's house")]
NEAR = [("près de la Garonne", "near the Garonne"), ("au bord du canal", "by the canal"), ("au milieu des vergers", "among orchards"),
        ("avec piscine", "with a pool"), ("avec grand jardin", "with a large garden")]


def home(rng, town):
    (what, what_en), (where, where_en) = rng.choice(HOMES), rng.choice(NEAR)
    bedrooms = rng.randint(1, 5)
    return _fields(f"{what} {where}, {town}", f"{what_en} {where_en}, {town}",
                   f"{what} {where}, {bedrooms} chambre{'s' * (bedrooms > 1)}, marché et boulangerie à pied.",
                   None, "night", bedrooms * 2, guestpoints=rng.randint(70, 240), bedrooms=bedrooms,
                   bathrooms=rng.randint(1, 3), size=rng.randint(45, 220), owner=rng.choice(FIRST_NAMES),
                   min_nights=rng.choice([None, 2, 3, 7]))


EVENTS = [("Marché gourmand nocturne", "Night food market"), ("Concert à l'église", "Concert in the church"),
          ("Visite guidée de la bastide", "Guided tour of the bastide"), ("Vide-greniers", "Flea market"),
          ("Fête de la tomate", "Tomato festival"), ("Balade en gabare", "Trip on a gabare"), ("Cinéma en plein air", "Open-air cinema"),
          ("Atelier de vannerie", "Basket-weaving workshop"), ("Randonnée des crêtes", "Ridge walk"), ("Bal trad", "Folk ball")]


def event(rng, town):
    what, what_en = rng.choice(EVENTS)
    price = rng.choice([0, 0, 500, 800, 1200])
    entry = "billets sur place" if price else "entrée libre dans la limite des places"
    return _fields(f"{what} {at(town)}", f"{what_en} in {town}",
                   f"{what} {at(town)}. Restauration, {entry}. Repli en salle en cas de pluie.", price, "person", rng.choice([30, 50, 80, 200, None]),
                   day=rng.randint(1, 90), hour=rng.choice([9, 10, 14, 18, 20]), days=rng.choice([1, 1, 1, 2, 3]),
                   keywords=rng.sample(["marché", "musique", "patrimoine", "famille", "plein air", "gourmand"], 2))


# slug, words, prices in cents, people, length in centimetres, with a captain
BOATS = [("peniche", "Péniche", (18000, 24000), (6, 8, 12), (1500, 2900), True),
         ("bateau-sans-permis", "Bateau sans permis", (9000, 12000, 14550), (4, 5, 6), (450, 700), False),
         ("canoe", "Canoë", (2500, 3250), (2, 3), (430, 520), False),
         ("voilier", "Voilier de poche", (6000, 9000), (2, 4), (480, 620), False),
         ("gabare", "Gabare traditionnelle", (18000, 21000), (8, 12), (1400, 1800), True),
         ("paddle", "Grand paddle", (2500, 6000), (4, 6, 8), (450, 550), False)]


def boat(rng, town):
    slug, what, prices, people, lengths, captain = rng.choice(BOATS)
    name = rng.choice(["Belle de Garonne", "L'Éclusière", "Marie-Thérèse", "Le Vagabond", "Libellule", "Mascaret"])
    return _fields(f"{what} « {name} » {at(town)}", f"{what} “{name}” in {town}",
                   f"{what} à louer {at(town)}, au départ du canal de Garonne. Gilets fournis, prise en main d'une demi-heure.",
                   rng.choice(prices), "day", rng.choice(people), boat=slug, length_cm=rng.randint(*lengths), captain=captain)


MEALS = [("Dîner gascon", "Gascon dinner", "garbure, magret et tourtière"), ("Brunch du dimanche", "Sunday brunch", "œufs du jardin et confitures"),
         ("Table végétale", "Plant-based table", "tomates de Marmande sous toutes les formes"),
         ("Apéritif vigneron", "Winemaker's aperitif", "côtes-du-marmandais et charcuterie"),
         ("Atelier cuisine", "Cooking class", "pruneaux, foie gras et croustade")]


def meal(rng, town):
    what, what_en, menu = rng.choice(MEALS)
    host = rng.choice(FIRST_NAMES)
    return _fields(f"{what} chez {host}, {town}", f"{what_en} with {host}, {town}",
                   f"Au menu : {menu}. {host} vous reçoit {at(town)}, à la grande table.",
                   rng.choice([1900, 2500, 2850, 3900, 4550, 6200]), "person", rng.randint(4, 14), host=host, menu=menu,
                   cuisine=rng.choice(["Gascogne", "Méditerranée", "Végétarien"]))


# words, prices in cents, people
DESKS = [("espace partagé", (1200, 1500, 1800), (8, 12, 24)), ("bureau fermé", (2400, 3000), (1, 2, 3)),
         ("salle de réunion", (6000, 9000), (6, 10, 16)), ("atelier partagé", (1500, 2250), (4, 6))]


def desk(rng, town):
    name = rng.choice(["La Ruche", "Le Séchoir", "L'Escale", "Le Comptoir", "La Fabrique", "Le Hangar"])
    what, prices, people = rng.choice(DESKS)
    return _fields(f"{name} : {what} {at(town)}", f"{name}: {what}, {town}",
                   f"{what.capitalize()} {at(town)}, fibre, café et imprimante compris. Ouvert de 8 h à 20 h.",
                   rng.choice(prices), "day", rng.choice(people), space=name, offer=what,
                   amenities=rng.sample(["fibre", "café", "parking", "casiers", "cuisine", "terrasse"], 3))


HUNTS = [("Le trésor du gabarier", "The bargeman's treasure"), ("L'énigme des cornières", "The riddle of the arcades"),
         ("Sur la piste du loup", "On the wolf's trail"), ("Le secret de la tomate bleue", "The secret of the blue tomato"),
         ("Mystère à l'écluse", "Mystery at the lock"), ("La clé du moulin", "The key of the mill")]


def hunt(rng, town):
    what, what_en = rng.choice(HUNTS)
    km, minutes = rng.randint(10, 60) / 10, rng.choice([45, 60, 75, 90, 120])
    return _fields(f"{what}, {town}", f"{what_en}, {town}",
                   f"Un jeu de piste géolocalisé {at(town)} : {str(km).replace('.', ',')} km et {minutes} minutes d'énigmes en famille.",
                   rng.choice([0, 0, 0, 500]), "item", None, km=km, minutes=minutes, age=rng.choice([5, 7, 9, 12]),
                   steps=rng.randint(6, 14))


THEMES = {"deal": deal, "van": van, "home": home, "event": event, "boat": boat, "meal": meal, "desk": desk, "hunt": hunt}
