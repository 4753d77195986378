"""MiiMOSA: published projects, and people with pledges and wallets."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.campaigns import Campaign, make_campaign
from sandbox.world.clock import between, day, whole
from sandbox.world.people import Person, ascii_slug, make_person

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.scenario import Advance, Scenario

PROJECTS = 35
USERS = 8
WITHOUT_WALLET = 2
FIRST_PROJECT = 501
REMOVED_EVERY = 2
"""One step in so many removes a campaign."""
FIRST_PLEDGE = 90011


class Miimosa:
    """Projects by id; people by e-mail address with `birthdate`, `pledges` and `wallet`."""

    def __init__(self, scenario: Scenario, campaigns: Sequence[Campaign]) -> None:
        """Make the platform of a new world; every third lead has become a project here."""
        self.scenario = scenario
        self.projects: dict[int, Record] = {}
        self.users: dict[str, Record] = {}
        self._next_project = FIRST_PROJECT
        self._next_pledge = FIRST_PLEDGE
        rng = scenario.rng("miimosa.projects")
        leads = [lead for lead in campaigns if lead.valid and lead.number % 3 == 0]
        for index in range(scenario.size(PROJECTS)):
            lead = leads[index] if index < len(leads) else make_campaign(rng, 2000 + index)
            start = scenario.moment_before(rng, 300, 2)
            self._add_project(rng, lead, start)
        rng = scenario.rng("miimosa.users")
        for index in range(USERS):
            self._add_user(rng, index)

    def _add_project(self, rng: Random, lead: Campaign, start: datetime) -> None:
        ident = self._next_project
        self._next_project += 1
        ended = start + timedelta(days=45) < self.scenario.now
        slug = ascii_slug(f"{lead.title} {ident}")
        record: Record = {
            "id": ident,
            "url": f"https://www.miimosa.com/fr/projects/{slug}",
            "type": lead.collect_type,
            "category": lead.category,
            "region": lead.person.place.region,
            "title": lead.title,
            "description": f"{lead.text['fr']} — {lead.company}",
            "status": "finished" if ended else "in_progress",
            "target": lead.budget,
            "collected": rng.randrange(0, lead.budget * 2, 10),
            "image_url": f"https://images.example.net/{slug}.jpg",
            "user": {"first_name": lead.person.firstname, "last_name": lead.person.lastname},
            "started_at": whole(start),
        }
        if ident % 7 == 0:
            record["labels"] = [{"name": "coup de cœur", "since": None}]  # no document names it
        self.projects[ident] = record

    def _add_user(self, rng: Random, index: int) -> None:
        person: Person = make_person(rng, 30_000 + index)
        self.users[person.email] = {
            "birthdate": person.birthdate,
            "pledges": [],
            "wallet": None if index < WITHOUT_WALLET else {"balance": float(rng.randrange(500))},
        }
        for _ in range((0, 3, 12, 1, 25, 2, 7, 4)[index]):
            start = self.scenario.now - timedelta(days=200)
            self._pledge(rng, person.email, between(rng, start, self.scenario.now))

    def _pledge(self, rng: Random, email: str, moment: datetime) -> None:
        record: Record = {
            "id": self._next_pledge,
            "project_id": rng.choice(list(self.projects)),
            "amount": rng.randrange(20, 2000, 10),
            "created_at": whole(moment),
        }
        self._next_pledge += 1
        self.users[email]["pledges"].append(record)

    def advance(self, step: Advance) -> None:
        """Publish a project, collect money, make pledges."""
        rng = self.scenario.rng(f"miimosa.advance.{step.number}")
        for number in range(self.scenario.size(2)):
            lead = make_campaign(rng, 6000 + step.number * 50 + number)
            self._add_project(rng, lead, between(rng, step.since, step.until))
        old = [row for row in self.projects.values() if row["started_at"] <= whole(step.since)]
        for record in rng.sample(old, min(len(old), self.scenario.size(6))):
            record["collected"] += rng.randrange(10, 500, 10)
        for email in rng.sample(list(self.users), 3):
            self._pledge(rng, email, between(rng, step.since, step.until))
            if self.users[email]["wallet"]:
                self.users[email]["wallet"]["balance"] += 1.5
        for record in old:
            limit = day(step.until - timedelta(days=45))
            if record["started_at"][:10] < limit:
                record["status"] = "finished"
        self._withdraw(step)

    def _withdraw(self, step: Advance) -> None:
        """Let a pledge be valid no more, and now and then a campaign without pledges go."""
        rng = self.scenario.rng(f"miimosa.withdraw.{step.number}")
        moment = whole(step.since)
        lists = [user["pledges"] for user in self.users.values()]
        if old := [(rows, row) for rows in lists for row in rows if row["created_at"] <= moment]:
            rows, row = rng.choice(old)
            rows.remove(row)
        pledged = {row["project_id"] for rows in lists for row in rows}
        free = [ident for ident, row in self.projects.items()
                if row["started_at"] <= moment and ident not in pledged]  # fmt: skip
        if free and step.number % REMOVED_EVERY == 0:
            del self.projects[rng.choice(free)]
