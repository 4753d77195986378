"""What surrounds projects, orders and comments on Ulule: one area of made-up rows per stream.

Rows are in the shape of version 2017-10-10. `_at` is a row's moment in nanoseconds; a `UserRef` or
`ProjectRef` stands for the user or project that is shown in its place.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from datetime import timedelta

from sandbox.world.clock import fractional, nanos, whole
from sandbox.world.ulule.people import AGENCY, FIRST_USER, make_address, make_sponsor
from sandbox.world.ulule.projects import (
    TAGS,
    make_background_image,
    make_image,
    make_tag,
    make_video,
)
from sandbox.world.ulule.texts import I18n

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.wire import Record
    from sandbox.world.scenario import Scenario

FIRST_SHIPPING = 53001
FIRST_VARIANT = 52001
CATEGORIES = len(TAGS)
MANY = 23
"""More than one page."""


class UserRef(int):
    """The id of a user who is shown in full."""


class ProjectRef(int):
    """The id of a project that is shown in short form."""


def _text(word: str, number: int) -> I18n:
    return I18n({"en": f"{word} {number}", "fr": f"{word} n°{number}"})


def make_tags() -> list[Record]:
    """Categories, which have no category, and the tags within them."""
    categories = [make_tag(number) for number in range(CATEGORIES)]
    tags = [
        {
            "id": 40 + number,
            "position": number + 1,
            "slug": f"tag-{number}",
            "absolute_url": f"https://www.ulule.com/discover/tags/tag-{number}",
            "name": _text("Tag", number),
            "category": categories[number % CATEGORIES],
        }
        for number in range(1, 9)
    ]
    return [*categories, *tags]


class Extras:
    """Rows by stream and parent; the parent of a list without one is empty."""

    def __init__(self, scenario: Scenario, users: Mapping[int, Record]) -> None:
        """Make the rows of what there is; :meth:`add_project` makes those of new projects."""
        self.scenario = scenario
        self.users = users
        self.rng = scenario.rng("ulule.extras")
        self.base = nanos(scenario.created)
        self.rows: dict[str, dict[str, list[Record]]] = defaultdict(dict)
        self.tags = make_tags()
        self._shipping = FIRST_SHIPPING
        self._variant = FIRST_VARIANT
        self._add_platform()
        self._add_user()
        self._add_proposals()
        self._add_threads()

    def at(self, days: float) -> int:
        """A moment some days before the world was made."""
        return self.base - int(days * 86_400) * 1_000_000_000

    # Projects

    def add_project(self, index: int, project: Record, *, partner: bool) -> None:
        """Make what describes a project."""
        ident, rows = project["id"], self.rows
        key = str(ident)
        own = [tag for tag in self.tags if tag["id"] == 41 + index % 8]
        rows["project_tags"][key] = [
            {name: value for name, value in tag.items() if name != "category"}
            for tag in [project["main_tag"], *own]
        ]
        videos = [project["video"]] if project["video"] else []
        if index % 8 == 5:
            videos.append(make_video(ident, "en") | {"id": ident - 14500})
        rows["project_videos"][key] = videos
        main = [project["main_image"] | {"_at": self.at(80)}] if project["main_image"] else []
        count = MANY if index % 12 == 1 else index % 3
        rows["project_images"][key] = main + [
            make_image(ident) | {"id": 900_000 + ident * 50 + n, "type": "secondary",
                                 "_at": self.at(79 - n / 2)}
            for n in range(count)
        ] + [row | {"_at": self.at(65)} for row in make_background_image(project)]  # fmt: skip
        rows["project_analytics_tags"][key] = [
            {"id": 1400 + index * 2 + n, "tag": f"UA-{ident}-{n}", "type": kind}
            for n, kind in enumerate(("google", "facebook")[: index % 3])
        ]
        rows["project_faqs"][key] = [
            {"id": 2500 + index * 30 + n, "question": _text("Question", n),
             "answer": _text("Answer", n), "question_author": UserRef(FIRST_USER + 1 + n),
             "answer_author": UserRef(project["owner_id"]), "_at": self.at(60 - n)}
            for n in range(index % 3)
        ]  # fmt: skip
        rows["project_impacts"][key] = [
            {"certifications": _text("Certification", index), "challenges": _text("Challenge", 1),
             "impact": _text("Impact", 2),
             "sdgs": [{"id": 3000 + index, "description": _text("Goal", 1),
                       "sdg": rows["sdgs"][""][index % 3]}]}
        ]  # fmt: skip
        rows["project_sponsorships"][key] = self._sponsorships(index, ident, project["lang"])
        rows["project_partnerships"][key] = self._partnerships(index, ident) if partner else []
        rows["project_exports"][key] = self._exports(index, ident) if partner else []

    def _sponsorships(self, index: int, ident: int, lang: str) -> list[Record]:
        sponsor = make_sponsor(UserRef(FIRST_USER + 2))
        return [
            {"id": 9300 + index * 2 + n, "project_id": ident, "coefficient": 1, "amount": 500,
             "sponsor": sponsor, "title": I18n({lang: f"Sponsoring {n}"}), "description": I18n({})}
            for n in range(2 if index % 4 == 0 else 0)
        ]  # fmt: skip

    def _partnerships(self, index: int, ident: int) -> list[Record]:
        return [{"id": 9200 + index, "status": "new", "is_default": True, "is_support": False,
                 "partner": self.partner, "presale": ProjectRef(ident)}]  # fmt: skip

    def _exports(self, index: int, ident: int) -> list[Record]:
        return [
            {"id": 9100 + index * 2 + n, "type": "orders", "format": "csv",
             "url": f"https://cdn.example.net/exports/{ident}-{n}.csv" if n else "",
             "status": "succeeded" if n else "waiting", "project_id": ident,
             "created_at": fractional(self.at(9 - n)), "user": UserRef(FIRST_USER),
             "_at": self.at(9 - n)}
            for n in range(2)
        ]  # fmt: skip

    def add_reward(self, reward: Record) -> None:
        """Give some rewards variants, and ids to the shipping costs of those that have some."""
        key, number = str(reward["id"]), reward["id"]
        if number % 3 == 0:
            self.rows["reward_variants"][key] = [
                {"id": self._variant + n, "description": _text("Taille", n),
                 "price": reward["price"], "stock": None, "stock_available": None,
                 "stock_taken": n, "available": True, "date_delivery": reward["date_delivery"],
                 "created_at": fractional(self.at(90)), "updated_at": fractional(self.at(30))}
                for n in range(2)
            ]  # fmt: skip
            self._variant += 2
        if reward["has_shippings"]:
            self.rows["reward_shippings"][key] = [
                {"id": self._shipping + n, **each} for n, each in enumerate(reward["shippings"])
            ]
            self._shipping += len(reward["shippings"])

    # The platform and its people

    @property
    def partner(self) -> Record:
        """The partner, as other records show it."""
        return {"id": 301, "name": "Agence Exemple", "slug": AGENCY,
                "url": "https://agence.example.org/"}  # fmt: skip

    def _add_platform(self) -> None:
        rows = self.rows
        rows["partners"][""] = [self.partner]
        rows["tags"][""] = self.tags
        rows["sdgs"][""] = [
            {"code": str(n), "title": _text("Goal", n), "description": _text("About", n),
             "logo": {"en": {"id": 70 + n, "url": f"https://cdn.example.net/sdg/{n}.png"}},
             "targets": [{"code": f"{n}.1", "description": _text("Target", n), "logo": None}]}
            for n in (2, 12, 15)
        ]  # fmt: skip
        rows["newsletters"][""] = [
            {"slug": slug, "name": I18n({"en": slug, "fr": slug}), "is_subscribed": False}
            for slug in ("daily-news", "weekly-picks")
        ]
        rows["channels"][""] = [
            {"slug": f"channel-{n}", "absolute_url": f"https://www.ulule.com/channel-{n}",
             "name": _text("Channel", n), "subtitle": _text("About", n),
             "description": I18n({}), "position": n, "background": None, "logo": None,
             "partner": self.partner, "user": UserRef(FIRST_USER + n % 9),
             "created_at": whole(self.scenario.created - timedelta(days=200 - n)),
             "updated_at": whole(self.scenario.created - timedelta(days=20)),
             "_at": self.at(200 - n)}
            for n in range(MANY)
        ]  # fmt: skip
        rows["user_channels"][str(FIRST_USER)] = rows["channels"][""][:1]

    def _add_user(self) -> None:
        me, rows = str(FIRST_USER), self.rows
        user = self.users[FIRST_USER]
        rows["user_addresses"][me] = [make_address(self.rng, 55001 + n, user) for n in range(2)]
        rows["user_links"][me] = [
            {"id": 760 + n, "url": f"https://social.example.net/{n}", "crawlable": True,
             "followers_count": n, "views_count": 3 * n}
            for n in range(3)
        ]  # fmt: skip
        rows["user_notifications"][me] = [
            {"follow": True, "receive_message": True, "join": False, "support": True,
             "new_badge": True, "new_badge_following": False, "new_support": True,
             "new_comment_on_project": True, "new_comment_on_project_news": True,
             "cancelled_support": True, "new_faq": False}
        ]  # fmt: skip
        rows["accounts"][""] = [
            {"id": 6601, "edit_url": "https://accounts.example.net", "status": "validated",
             "is_completed": True, "type": "business", "first_name": user["first_name"],
             "last_name": user["last_name"], "entity_name": "Agence Exemple",
             "email": user["email"], "birthday": user["birthday"],
             "nationality": user["nationality"], "country": user["country"]}
        ]  # fmt: skip

    def _add_proposals(self) -> None:
        found = [self._proposal(n) for n in range(MANY + 5)]
        self.rows["proposals"][""] = found
        self.rows["user_proposals"][str(FIRST_USER)] = found[:3]
        self.rows["partner_proposals"][AGENCY] = found[:MANY]
        for number, row in enumerate(found[:3]):
            self.rows["proposal_links"][str(row["id"])] = [
                {"id": 700 + number * 3 + n, "url": f"https://exemple.example.org/{number}/{n}"}
                for n in range(number)
            ][::-1]

    def _proposal(self, number: int) -> Record:
        ident = 8801 + number
        status, kind = 1 + number % 6, 1 + number % 2
        return {
            "id": ident, "address": None, "country": "FR", "currency": "EUR", "lang": "fr",
            "date_creation": fractional(self.at(300 - number)),
            "date_update": fractional(self.at(250 - number) + 123_456_789),
            "description": "Un atelier partagé", "first_name": "Lise", "last_name": "Morvan",
            "goal": 3000 + number, "name": f"Atelier {number}", "nb_products_min": 0,
            "phone_number": "", "references": "", "rewards": "Cartes", "structure": "",
            "status": status, "status_display": ("New", "Valid", "Invalid", "Pending", "Updated",
                                                 "Waiting")[status - 1],
            "type": kind, "type_display": ("Presale", "Project")[kind - 1],
            "category_id": self.tags[number % CATEGORIES]["id"],
            "token": f"sandbox-proposal-{ident}", "email": f"lise.{ident}@example.org",
            "resource_uri": f"https://api.ulule.com/v1/proposals/{ident}",
            "category": self.tags[number % CATEGORIES],
            "user": UserRef(FIRST_USER), "project": None, "partner": self.partner,
            "manager": None, "_at": self.at(300 - number),
        }  # fmt: skip

    # Discussions

    def _add_threads(self) -> None:
        self.rows["threads"][""] = [self._thread(3301 + n, n) for n in range(MANY + 2)]

    def _thread(self, ident: int, number: int) -> Record:
        """A thread with its messages; the ones with the higher number changed earlier."""
        count = MANY if number == 1 else 1 + number % 3
        at, first = self.at(number + 1), 40_000 + number * 100
        messages = [self.make_message(first + n, n, at) for n in range(count)]
        people = [FIRST_USER, FIRST_USER + 1 + number % 5]
        self.rows["thread_messages"][str(ident)] = messages
        self.rows["thread_recipients"][str(ident)] = [
            {"id": 3600 + number * 2 + n, "user": UserRef(user)} for n, user in enumerate(people)
        ]
        latest = max(messages, key=lambda row: int(row["_at"]))
        return {
            "id": ident, "sender_id": FIRST_USER, "subject": f"Question {number}",
            "created_at": fractional(self.at(300)), "updated_at": fractional(latest["_at"]),
            "sender_deleted_at": None, "latest_message_id": latest["id"],
            "recipient_count": len(people), "messages_count": count, "status": "unread",
            "latest_message": latest, "recipients": [UserRef(user) for user in people],
            "_at": latest["_at"],
        }  # fmt: skip

    def make_message(self, ident: int, number: int, at: int) -> Record:
        """A message of a thread."""
        moment = at + number * 60_000_000_000
        return {
            "id": ident, "sent_at": fractional(moment), "sender_deleted_at": None,
            "body": f"Bonjour {number}", "sender": UserRef(FIRST_USER + number % 3),
            "attachments": [], "_at": moment,
        }  # fmt: skip
