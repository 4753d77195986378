"""MicroPledge: a handful of projects and who pledged to them."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import between, whole
from sandbox.world.people import ascii_slug, make_person

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.campaigns import Campaign
    from sandbox.world.scenario import Advance, Scenario

PROJECTS = 6
PLEDGES = (3, 0, 30, 12, 1, 8)
STATES = ("developing", "inactive", "voting", "quoting", "stalled", "finished")


class MicroPledge:
    """Projects by slug, and the pledges of each, newest first."""

    def __init__(self, scenario: Scenario, campaigns: Sequence[Campaign]) -> None:
        """Make the platform of a new world; its projects belong to leads of the agency."""
        self.scenario = scenario
        self.pledges: dict[str, list[Record]] = {}
        self._projects: dict[str, Record] = {}
        rng = scenario.rng("micropledge")
        for index in range(PROJECTS):
            lead = campaigns[index * 5 % len(campaigns)]
            slug = ascii_slug(f"{lead.title} {index}")
            created = scenario.moment_before(rng, 300, 60)
            started = created + timedelta(days=20) if index % 2 == 0 else None
            self._projects[slug] = {
                "creationDate": whole(created),
                "description": f"{lead.text['fr']} / {lead.company}",
                "developer": ascii_slug(lead.person.name) if started else None,
                "license": ("open-source", "non-software", "proprietary")[index % 3],
                "minPledge": (1.0, 5.0)[index % 2],
                "name": lead.title,
                "progress": round(rng.random(), 2) if started else 0.0,
                "quoting": ("open", "donations", "sole")[index % 3],
                "startDate": whole(started) if started else None,
                "state": STATES[index],
                "target": float(lead.budget),
            }
            self.pledges[slug] = []
            for _ in range(PLEDGES[index]):
                self._pledge(rng, slug, between(rng, created, scenario.now))
        self._twins()

    def _pledge(self, rng: Random, slug: str, moment: datetime) -> None:
        anonymous = rng.random() < 0.3
        person = make_person(rng, 0)
        self.pledges[slug].append(
            {
                "amount": rng.choice((5.0, 10.0, 25.5, 100.0)),
                "date": whole(moment),
                "username": None if anonymous else person.name,
                "userslug": None if anonymous else ascii_slug(person.name),
            }
        )
        self.pledges[slug].sort(key=lambda row: row["date"], reverse=True)

    def _twins(self) -> None:
        """Make two anonymous pledges of the fullest project exactly equal."""
        rows = max(self.pledges.values(), key=len)
        rows[4:6] = [{**rows[4], "username": None, "userslug": None} for _ in range(2)]

    def project(self, slug: str) -> Record | None:
        """A project with its counters, which always agree with its pledges."""
        found = self._projects.get(slug)
        if found is None:
            return None
        rows = self.pledges[slug]
        record = found | {
            "numPledges": len(rows),
            "pledged": round(sum(row["amount"] for row in rows), 2),
            "result": "success",
        }
        return dict(sorted(record.items()))

    @property
    def slugs(self) -> list[str]:
        """The slugs of all projects."""
        return list(self._projects)

    def advance(self, step: Advance) -> None:
        """Add pledges to two projects, let one be withdrawn and one project progress."""
        rng = self.scenario.rng(f"micropledge.advance.{step.number}")
        for slug in rng.sample(self.slugs, 2):
            for _ in range(rng.randint(1, 3)):
                self._pledge(rng, slug, between(rng, step.since, step.until))
        full = [slug for slug, rows in self.pledges.items() if len(rows) > 1]
        rows = self.pledges[rng.choice(full)]
        old = [row for row in rows if row["date"] <= whole(step.since)]
        if old:
            withdrawn = rng.choice(old)
            del rows[next(i for i, row in enumerate(rows) if row is withdrawn)]
        project = self._projects[rng.choice(self.slugs)]
        project["progress"] = round(min(1.0, project["progress"] + 0.05), 2)
