"""Ulule: the agency's projects and others, with what people do there."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from datetime import timedelta

from sandbox.world.campaigns import make_campaign
from sandbox.world.clock import between
from sandbox.world.ulule.community import (
    FIRST_COMMENT,
    FIRST_NEWS,
    FIRST_ORDER,
    is_old,
    make_comment,
    make_news,
    make_order,
    moments,
)
from sandbox.world.ulule.extras import Extras
from sandbox.world.ulule.people import AGENCY, FIRST_USER, USERS, make_user
from sandbox.world.ulule.projects import FIRST_REWARD, make_project, make_reward
from sandbox.world.ulule.texts import VALID

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.campaigns import Campaign
    from sandbox.world.scenario import Advance, Scenario

PARTNER_PROJECTS = 12
OTHER_PROJECTS = 30
PARTNER_ID = 301
REWARDS = (3, 0, 5, 1, 4, 2)
ORDERS = (18, 70, 0, 41, 7, 26, 1, 20)
COMMENTS = (12, 0, 60, 3, 21, 40, 1)
NEWS = (4, 12, 0, 1, 7)
OWN_ORDERS = 23
OWN_ORDER_IDS = 60001
REPLIES = 3
"""How many replies a comment has, if it has any."""


class Ulule:
    """Users, projects by id, and per project its rewards, orders, news and comments."""

    def __init__(
        self,
        scenario: Scenario,
        campaigns: Sequence[Campaign],
        leave: Callable[[Ulule, Random, datetime], None],
    ) -> None:
        """Make the platform of a new world; `leave` decides what leaves its lists in a step."""
        self.scenario = scenario
        self._leave = leave
        self.projects: dict[int, Record] = {}
        self._made = 0
        self.partner_projects: set[int] = set()
        self.rewards: dict[int, list[Record]] = {}
        self.orders: dict[int, list[Record]] = {}
        self.news: dict[int, list[Record]] = {}
        self.comments: dict[int, list[Record]] = {}
        self.news_comments: dict[int, list[Record]] = defaultdict(list)
        self._next = {"order": FIRST_ORDER, "news": FIRST_NEWS, "comment": FIRST_COMMENT,
                      "reward": FIRST_REWARD}  # fmt: skip
        rng = scenario.rng("ulule.users")
        people = range(FIRST_USER, FIRST_USER + max(90, scenario.size(USERS)))
        self.users = {ident: make_user(scenario, rng, ident) for ident in people}
        self._crowd = list(self.users.values())[scenario.size(OTHER_PROJECTS) + 1 :]
        self.replies: dict[int, list[Record]] = {}
        self.partners: dict[str, set[int]] = {AGENCY: self.partner_projects}
        self.extras = Extras(scenario, self.users)
        self._fill(campaigns)
        self._order_myself()

    def _fill(self, campaigns: Sequence[Campaign]) -> None:
        rng = self.scenario.rng("ulule.projects")
        leads = [lead for lead in campaigns if lead.valid and lead.number % 3 == 1]
        partners = self.scenario.size(PARTNER_PROJECTS)
        for index in range(partners + self.scenario.size(OTHER_PROJECTS)):
            lead = leads[index] if index < len(leads) else make_campaign(rng, 3000 + index)
            project = self._add_project(
                rng, lead, self.scenario.moment_before(rng, 150, 1), partner=index < partners
            )
            if project["is_online"]:
                self._populate(self.scenario.rng(f"ulule.project.{index}"), project, index)
                if index % 2:
                    # Every other campaign is funded, so that orders are paid out some day.
                    project["goal"] = max(1, self.committed(project) * 4 // 5)

    def _id(self, kind: str) -> int:
        self._next[kind] += 1
        return self._next[kind] - 1

    def _add_project(
        self, rng: Random, lead: Campaign, start: datetime, *, partner: bool
    ) -> Record:
        index = self._made
        self._made += 1
        owner = self.users[FIRST_USER if partner else FIRST_USER + 1 + index % 80]
        project = make_project(rng, index, lead, owner, start)
        ident = project["id"]
        self.projects[ident] = project
        if partner:
            self.partner_projects.add(ident)
        self.rewards[ident] = [
            make_reward(rng, self._id("reward"), project, number)
            for number in range(REWARDS[index % len(REWARDS)])
        ]
        self.orders[ident], self.news[ident], self.comments[ident] = [], [], []
        self.extras.add_project(index, project, partner=partner)
        for reward in self.rewards[ident]:
            self.extras.add_reward(reward)
        return project

    def _order_myself(self) -> None:
        """Let the signed-in user order elsewhere, anonymously; nine of ten orders are valid."""
        rng = self.scenario.rng("ulule.own_orders")
        elsewhere = [
            row
            for row in self.projects.values()
            if row["is_online"] and row["lang"] == "fr" and row["id"] not in self.partner_projects
        ]
        for number in range(OWN_ORDERS if elsewhere else 0):
            project = elsewhere[number % len(elsewhere)]
            at = moments(rng, 1, project["_start"], min(project["_end"], self.scenario.now))[0]
            user, rewards = self.users[FIRST_USER], self.rewards[project["id"]]
            row = make_order(rng, OWN_ORDER_IDS + number, project, user, rewards, at)
            unpaid = rng.choice(("cancelled", "selecting-payment"))
            row["status"] = unpaid if number % 10 == 9 else "payment-completed"
            row["anonymous"] = True
            self.orders[project["id"]].append(row)

    @staticmethod
    def is_own_order(row: Record) -> bool:
        """Whether an order is one that the signed-in user placed elsewhere."""
        return OWN_ORDER_IDS <= int(row["id"]) < OWN_ORDER_IDS + OWN_ORDERS

    def may_manage(self, project: int) -> bool:
        """Whether a project belongs to one of the signed-in user's partners."""
        return any(project in projects for projects in self.partners.values())

    def add_partner(self, slug: str, sizes: Mapping[str, int]) -> list[int]:
        """Add a partner whose projects all have the same number of everything.

        Args:
            slug: of the partner.
            sizes: projects, rewards, comments, news, orders and supporters; no supporter twice.
        """
        rng = self.scenario.rng(f"ulule.partner.{slug}")
        crowd = [
            make_user(self.scenario, rng, FIRST_USER + 1000 + n) for n in range(sizes["supporters"])
        ]
        self.users.update((user["id"], user) for user in crowd)
        since = self.scenario.created - timedelta(days=20)
        self.partners[slug] = set()
        for number in range(sizes["projects"]):
            project = self._add_project(
                rng, make_campaign(rng, 9000 + number), since, partner=False
            )
            project["_end"] = self.scenario.created + timedelta(days=20)
            project |= {"is_online": True, "status": "online", "is_cancelled": False}
            ident = project["id"]
            self.partners[slug].add(ident)
            self.rewards[ident] = [
                make_reward(rng, self._id("reward"), project, n) for n in range(sizes["rewards"])
            ]
            self._comment(rng, project, sizes["comments"], since, self.scenario.created)
            self._publish(rng, project, sizes["news"], since, self.scenario.created)
            for order, at in enumerate(moments(rng, sizes["orders"], since, self.scenario.created)):
                user = crowd[order % len(crowd)]
                row = make_order(rng, self._id("order"), project, user, self.rewards[ident], at)
                self.orders[ident].append(row | {"status": "payment-completed", "anonymous": False})
        return sorted(self.partners[slug])

    def _populate(self, rng: Random, project: Record, index: int) -> None:
        start = project["_start"]
        last = min(project["_end"], self.scenario.now)
        counts = (ORDERS[index % 8], COMMENTS[index % 7], NEWS[index % 5])
        self._order(rng, project, counts[0], start, last)
        self._comment(rng, project, counts[1], start, last)
        self._publish(rng, project, counts[2], start, last)
        if index % 5 == 4:
            self.news[project["id"]].append(make_news(rng, self._id("news"), project, None))

    def _order(
        self, rng: Random, project: Record, count: int, since: datetime, until: datetime
    ) -> None:
        ident = project["id"]
        for at in moments(rng, count, since, until):
            user = rng.choice(self._crowd)
            rewards = self.rewards[ident]
            self.orders[ident].append(
                make_order(rng, self._id("order"), project, user, rewards, at)
            )

    def _comment(
        self, rng: Random, project: Record, count: int, since: datetime, until: datetime
    ) -> None:
        for at in moments(rng, count, since, until):
            row = make_comment(rng, self._id("comment"), rng.choice(self._crowd), at)
            self.comments[project["id"]].append(row)
            if row["id"] % 7 == 0:
                self.replies[row["id"]] = [
                    {**row, "id": 190_000 + row["id"] * 5 + n, "comment": f"Merci {n}",
                     "at": at + (n + 1) * 1_000_000}
                    for n in range(REPLIES)
                ]  # fmt: skip

    def _publish(
        self, rng: Random, project: Record, count: int, since: datetime, until: datetime
    ) -> None:
        for at in moments(rng, count, since, until):
            news = make_news(rng, self._id("news"), project, at)
            self.news[project["id"]].append(news)
            for _ in range(rng.choice((0, 0, 1, 3))):
                self.comment_news(rng, news["id"], at)

    def comment_news(self, rng: Random, news: int, at: int) -> None:
        """Comment a piece of news; no counter of the project moves with it."""
        row = make_comment(rng, self._id("comment"), rng.choice(self._crowd), at)
        self.news_comments[news].append(row)

    def find(self, reference: str) -> Record | None:
        """A project by id or slug."""
        if reference.isdigit():
            return self.projects.get(int(reference))
        return next((row for row in self.projects.values() if row["slug"] == reference), None)

    def committed(self, project: Record) -> int:
        """What was raised, in the unit of the goal: products of a presale, else whole euros."""
        orders = self.valid_orders(project["id"])
        if project["type"] == "presale":
            return sum(int(row["quantity"]) for row in orders)
        return sum(int(row["cents"]) for row in orders) // 100

    def valid_orders(self, project: int) -> list[Record]:
        """The orders that count."""
        return [row for row in self.orders[project] if row["status"] in VALID]

    def supporters(self, project: int) -> list[tuple[Record, int]]:
        """Who is shown as a supporter, with the moment of the first order; oldest first."""
        first: dict[int, int] = {}
        for row in self.valid_orders(project):
            if not row["anonymous"]:
                first.setdefault(row["user_id"], row["at"])
        return [(self.users[user], at) for user, at in first.items()]

    def advance(self, step: Advance) -> None:
        """Bring new projects, orders, comments and news, and change and remove some."""
        rng = self.scenario.rng(f"ulule.advance.{step.number}")
        for number in range(2):
            lead = make_campaign(rng, 7000 + step.number * 10 + number)
            start = between(rng, step.since, step.until)
            self._add_project(rng, lead, start, partner=number == 0)
        online = [
            row
            for row in self.projects.values()
            if row["is_online"] and row["_start"] <= step.since and row["_end"] > step.since
        ]
        for project in rng.sample(online, min(len(online), self.scenario.size(8))):
            until = max(min(project["_end"], step.until), step.since)
            self._order(rng, project, rng.randint(0, 4), step.since, until)
            self._comment(rng, project, rng.randint(0, 3), step.since, until)
            self._publish(rng, project, rng.choice((0, 0, 1)), step.since, until)
        self._change(rng, step)

    def _change(self, rng: Random, step: Advance) -> None:
        """Cancel and pay out orders, edit and delete comments, comment old news, delete some."""
        self._leave(self, rng, step.since)
        full = [rows for rows in self.comments.values() if rows and is_old(rows[0], step.since)]
        if full:
            rng.choice(full)[0]["comment"] += " (édité)"
            rows = rng.choice(full)
            del rows[rng.randrange(sum(is_old(row, step.since) for row in rows))]
        news = [row for rows in self.news.values() for row in rows if is_old(row, step.since)]
        if news:
            at = moments(rng, 1, step.since, step.until)[0]
            self.comment_news(rng, rng.choice(news)["id"], at)


__all__ = ["AGENCY", "PARTNER_ID", "Ulule"]
