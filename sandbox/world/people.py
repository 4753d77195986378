"""People and companies that do not exist."""

from __future__ import annotations

import re
import typing as t
import unicodedata
from dataclasses import dataclass

from sandbox.world.words import (
    COMPANY_FORMS,
    FARM_FIRST,
    FARM_LAST,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    STREETS,
    SURNAME_PREFIXES,
    Place,
)

if t.TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True)
class Person:
    """Someone made up; `phone` is of a range reserved for fiction."""

    firstname: str
    lastname: str
    gender: str
    email: str
    phone: str
    birthdate: str
    place: Place
    street: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstname} {self.lastname}"


def ascii_slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("'", " "))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")


def make_person(rng: Random, number: int) -> Person:
    """Make the person with a running number, which keeps the e-mail address unique."""
    firstname, gender = rng.choice(FIRST_NAMES)
    lastname = rng.choice(SURNAME_PREFIXES) + rng.choice(LAST_NAMES)
    host = rng.choice(("example.org", "example.net"))
    place = rng.choice(PLACES)
    if place.country == "DE":
        phone = f"+49 171 39200{rng.randrange(100):02d}"
    else:
        phone = f"+33 6 39 98 {rng.randrange(100):02d} {rng.randrange(100):02d}"
    return Person(
        firstname=firstname,
        lastname=lastname,
        gender=gender,
        email=f"{ascii_slug(firstname)}.{ascii_slug(lastname)}.{number}@{host}",
        phone=phone,
        birthdate=f"{rng.randint(1950, 2001)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        place=place,
        street=f"{rng.randint(1, 120)} {rng.choice(STREETS)}",
    )


def make_company_name(rng: Random, number: int) -> str:
    """A farm's or workshop's name; the running number keeps it unique."""
    name = f"{rng.choice(FARM_FIRST)} {rng.choice(FARM_LAST)}"
    return f"{name} {number} {rng.choice(COMPANY_FORMS)}"
