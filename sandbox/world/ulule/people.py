"""Ulule's users and their addresses."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import between, fractional, whole, with_fraction
from sandbox.world.people import Person, ascii_slug, make_person
from sandbox.world.ulule.texts import I18n

if t.TYPE_CHECKING:
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.scenario import Scenario

AGENCY = "agence-exemple"
"""The user name that the sandbox's credentials belong to, and the slug of its partner."""

USERS = 160
FIRST_USER = 7001
ADDRESS_TYPES = ("personal", "personal", "business", "personal", "association")
TIMEZONES = {"FR": "Europe/Paris", "BE": "Europe/Brussels", "DE": "Europe/Berlin"}


def make_user(scenario: Scenario, rng: Random, ident: int, person: Person | None = None) -> Record:
    """Make a user in full; who may see the private keys is decided when it is served."""
    person = person or make_person(rng, 20_000 + ident)
    country = person.place.country
    joined = between(
        rng, scenario.created - timedelta(days=1500), scenario.created - timedelta(days=320)
    )
    login = between(rng, joined, scenario.created)
    username = AGENCY if ident == FIRST_USER else f"{ascii_slug(person.firstname)}-{ident}"
    language = "de" if country == "DE" else "fr"
    return {
        "id": ident,
        "date_joined": whole(joined),
        "first_name": person.firstname,
        "has_avatar": ident % 6 != 0,
        "lang": language,
        "last_login": fractional(with_fraction(rng, login, scenario.created)),
        "last_name": person.lastname,
        "birthday": person.birthdate if ident % 3 else None,
        "country": country,
        "nationality": country,
        "location": person.place.city if ident % 4 else "",
        "name": person.name,
        "is_staff": False,
        "username": username,
        "timezone": TIMEZONES[country],
        "is_completed": ident % 5 != 0,
        "absolute_url": f"https://www.ulule.com/{username}",
        "resource_uri": f"https://api.ulule.com/v1/users/{ident}",
        "description": I18n({language: f"{person.firstname} — 🌾"} if ident % 2 else {}),
        "presentation": I18n({language: f"{person.name}, {person.place.city}"}),
        "screenname": username,
        "email": person.email,
        "personal_id_number": None,
    }


def make_address(rng: Random, ident: int, user: Record) -> Record:
    """An address of a user, at home, in a business or in an association."""
    person = make_person(rng, 0)
    kind = ADDRESS_TYPES[ident % len(ADDRESS_TYPES)]
    return {
        "id": ident,
        "first_name": user["first_name"],
        "last_name": user["last_name"],
        "entity_name": "" if kind == "personal" else f"{user['last_name']} & Co",
        "address1": person.street,
        "address2": "",
        "postal_code": person.place.post_code,
        "city": person.place.city,
        "state": "",
        "country": person.place.country,
        "user_id": user["id"],
        "type": kind,
    }


def make_sponsor(user: int) -> Record:
    """A sponsor, who is a user as well."""
    host, picture = "https://img.example.net", "sponsors/94/logo.jpg"
    sizes = ("230x126", "258x145", "640x360")
    return {
        "id": 94,
        "name": "Sponsor Exemple",
        "type": "premium",
        "position": 1,
        "link": "https://sponsor.example.org/",
        "image": {
            **{size: f"{host}/{size}/{picture}" for size in sizes},
            "full": f"https://cdn.example.net/{picture}",
            "value": picture,
        },
        "user": user,
    }
