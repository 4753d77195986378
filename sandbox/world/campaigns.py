"""The campaigns that tie the platforms together.

A campaign begins as a lead in MOCO (a contact tagged MiiMOSA, some with a deal), and may be found
again, with the same company and project name, on MiiMOSA, Ulule or microPledge.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.world.people import Person, make_company_name, make_person
from sandbox.world.words import COLLECT_TYPES, THEMES, TIMEFRAMES

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from sandbox.world.scenario import Scenario

LEADS = 40
"""Contacts tagged MiiMOSA at scale 1."""

LANGUAGES = ("fr", "de", "en")


@dataclass(frozen=True)
class Campaign:
    """A lead and what may become of it."""

    number: int
    person: Person
    company: str
    name: Mapping[str, str]
    text: Mapping[str, str]
    category: str
    collect_type: str
    timeframe: str
    budget: int
    valid: bool

    @property
    def title(self) -> str:
        """The project name in French, the language of the platforms' main texts."""
        return self.name["fr"]

    def properties(self) -> dict[str, object]:
        """What MOCO keeps of the lead as custom properties, by display name."""
        found: dict[str, object] = {
            "Collect type": self.collect_type,
            "Project description": f"{self.text['fr']} ({self.company})",
            "Total budget": str(self.budget),
            "Publication timeframe": self.timeframe,
            "Category": self.category,
            "Project name": self.title,
            "Post code": self.person.place.post_code,
            "City": self.person.place.city,
        }
        if self.person.place.department:
            found["Department"] = self.person.place.department
        if not self.valid:
            if self.number % 2:
                del found["Total budget"]
            else:
                found["Collect type"] = "gift"
        return found


def make_campaign(rng: Random, number: int, *, valid: bool = True) -> Campaign:
    """Make the campaign with a running number."""
    person = make_person(rng, 10_000 + number)
    company = make_company_name(rng, number + 1)
    theme = rng.choice(THEMES)
    short = company.rsplit(" ", 2)[0]
    names = zip(LANGUAGES, theme.name, strict=True)
    return Campaign(
        number=number,
        person=person,
        company=company,
        name={lang: f"{name} {short} n°{number + 1}" for lang, name in names},
        text=dict(zip(LANGUAGES, theme.text, strict=True)),
        category=theme.category,
        collect_type=rng.choice(COLLECT_TYPES),
        timeframe=rng.choice(TIMEFRAMES),
        budget=rng.randrange(2, 80) * 500,
        valid=valid,
    )


def make_campaigns(scenario: Scenario) -> list[Campaign]:
    """Make the campaigns of a new world; the first ones lack something if it asks for that."""
    rng = scenario.rng("campaigns")
    return [
        make_campaign(rng, number, valid=number >= scenario.invalid_leads)
        for number in range(scenario.size(LEADS))
    ]
