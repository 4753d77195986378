"""Ulule's records as a view shows them."""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import replace

from sandbox.apis.ulule.pictures import avatar, flat_image
from sandbox.apis.ulule.versions import shape
from sandbox.world.clock import fractional
from sandbox.world.ulule.activity import count
from sandbox.world.ulule.extras import ProjectRef, UserRef
from sandbox.world.ulule.texts import I18n

if t.TYPE_CHECKING:
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

PRIVATE = ("birthday", "nationality", "email", "personal_id_number")
SEARCH_KEYS = ("absolute_url", "amount_raised", "country", "currency", "date_end", "date_start",
               "finished", "goal", "id", "lang", "name", "nb_products_sold", "slug", "subtitle",
               "type", "main_image", "main_tag", "owner", "user_role")  # fmt: skip
EXTRA_LISTS_FROM = "2019-04-11"
"""From which version on extra_fields brings lists into a project. Assumed."""
EXTRA_LISTS = {
    "tags": ("project_tags", False),
    "analytics": ("project_analytics_tags", False),
    "sponsorships": ("project_sponsorships", True),
    "partnerships": ("project_partnerships", True),
}
TRACKING = ({"source": "newsletter", "medium": "email"}, None, {"source": "ulule", "medium": None})
"""Where customers come from. Assumed."""
LONG_KEYS = frozenset({"rewards", "description", "video", "background", "urls", "fields"})
"""First words of the keys that lists leave out of a project. Assumed."""


class Renderer:
    """Shows the records of one platform."""

    def __init__(self, ulule: Ulule) -> None:
        """Show a platform's records."""
        self.ulule = ulule
        self._counted: dict[int, Counter[int]] = {}

    def _taken(self, project: int) -> Counter[int]:
        """How many of each reward are taken; counted once per answer."""
        if project not in self._counted:
            counts: Counter[int] = Counter()
            for row in self.ulule.valid_orders(project):
                counts[row["reward_id"]] += row["quantity"]
            self._counted[project] = counts
        return self._counted[project]

    def user(self, user: Record, view: View, show: tuple[str, ...] = ()) -> Record:
        """A user; private keys only for the user, or where `show` names them."""
        own = view.viewer is not None and view.viewer["id"] == user["id"]
        record = {
            key: value for key, value in user.items() if key not in PRIVATE or own or key in show
        }
        record["avatar"] = (
            avatar(user["id"] - 6000, user["username"]) if user["has_avatar"] else None
        )
        return _shown("user", record, view, user["lang"])

    def reward_row(self, reward: Record, view: View) -> Record:
        """A reward on its own."""
        return self.reward(reward, view, self.ulule.projects[reward["project_id"]])

    def reward(self, reward: Record, view: View, project: Record) -> Record:
        """A reward with what is left of it; it nests its variants if it has any."""
        taken = self._taken(project["id"])[reward["id"]]
        stock = reward["stock"]
        record = {key: value for key, value in reward.items() if key != "project_id"}
        record |= {
            "stock_taken": taken,
            "stock_available": None if stock is None else max(0, stock - taken),
            "available": stock is None or taken < stock,
        }
        if variants := self.ulule.extras.rows["reward_variants"].get(str(reward["id"])):
            record["variants"] = [_shown("variant", dict(row), view, project["lang"])
                                  for row in variants]  # fmt: skip
        return _shown("reward", record, view, project["lang"])

    def project(self, project: Record, view: View) -> Record:
        """A project with its counters, owner and rewards."""
        record = {key: value for key, value in project.items()
                  if key[0] != "_" and key != "owner_id"}  # fmt: skip
        record |= count(self.ulule, project)
        record["owner"] = self.user(self.ulule.users[project["owner_id"]], view)
        record["rewards"] = [
            self.reward(reward, view, project) for reward in self.ulule.rewards[project["id"]]
        ]
        record["user_role"] = self._role(project, view)
        record |= {"comments_enabled": "everyone", "visible": True}
        record |= self._extra_fields(project, view)
        if not view.at_least("2017-12-12") and project["main_image"]:
            record["main_image"] = flat_image(project["main_image"])
        return _shown("project", record, view, project["lang"])

    def _extra_fields(self, project: Record, view: View) -> Record:
        """Lists of the project that newer versions put into it when asked to."""
        found: Record = {}
        if view.at_least(EXTRA_LISTS_FROM):
            for name, (stream, private) in EXTRA_LISTS.items():
                if name in view.extra and (not private or self.may_manage(project, view)):
                    rows = self.ulule.extras.rows[stream][str(project["id"])]
                    kind = {"tags": "tag", "analytics": ""}.get(name, name.removesuffix("s"))
                    found[name] = [self.row(kind, row, view, project["lang"]) for row in rows]
            if "latest_supporter" in view.extra:
                supporters = self.ulule.supporters(project["id"])
                latest = max(supporters, key=lambda each: each[1], default=None)
                found["latest_supporter"] = latest and self.supporter(
                    {"user": latest[0], "at": latest[1]}, view
                )
        if not project["video"] or not view.at_least("2020-11-10"):
            return found
        videos = self.ulule.extras.rows["project_videos"][str(project["id"])]
        return found | {"video": {video["language"]: video for video in videos}}

    def may_manage(self, project: Record, view: View) -> bool:
        """Whether the viewer may read what is private to the project."""
        return view.viewer is not None and self.ulule.may_manage(project["id"])

    def short_project(self, project: Record, view: View) -> Record:
        """A project as lists show it."""
        record = self.project(project, view)
        return {key: value for key, value in record.items() if key.split("_")[0] not in LONG_KEYS}

    def nested_project(self, ident: int, view: View) -> Record:
        """A project within another record: as in lists, without what extra_fields are about."""
        plain = replace(view, extra=frozenset())
        record = self.short_project(self.ulule.projects[ident], plain)
        record.pop("user_role", None)
        return record

    def row(self, resource: str, row: Record, view: View, main: str) -> Record:
        """A row of the extras, with users and projects in place of their ids."""
        main = row.get("lang") or main
        record = {
            key: value if isinstance(value, I18n) else self._filled(value, view, main)
            for key, value in row.items()
            if key != "_at"
        }
        return _shown(resource, record, view, main)

    def _filled(self, value: object, view: View, main: str) -> object:
        if isinstance(value, UserRef):
            return self.user(self.ulule.users[value], view)
        if isinstance(value, ProjectRef):
            return self.nested_project(value, view)
        if isinstance(value, dict) and not isinstance(value, I18n):
            part = {key: inner for key, inner in value.items() if key != "_at"}
            if "position" in part and "slug" in part:
                part = shape("tag", part, view)
            return {key: self._filled(inner, view, main) for key, inner in part.items()}
        if isinstance(value, I18n):
            return view.text(value, main)
        if isinstance(value, list):
            return [self._filled(part, view, main) for part in value]
        return value

    def search_row(self, project: Record, view: View) -> Record:
        """A project as a search shows it; without a version it is the whole project."""
        if not view.version:
            return self.project(project, view)
        whole = project | count(self.ulule, project)
        if not view.at_least("2017-12-12") and project["main_image"]:
            whole["main_image"] = flat_image(project["main_image"])
        whole["owner"] = self.user(self.ulule.users[project["owner_id"]], view)
        whole["user_role"] = self._role(project, view)
        record = {key: whole[key] for key in SEARCH_KEYS}
        return _shown("search_project", record, view, project["lang"])

    def _role(self, project: Record, view: View) -> str | None:
        own = view.viewer is not None and view.viewer["id"] == project["owner_id"]
        return "owner" if own else None

    def supporter(self, row: Record, view: View) -> Record:
        """Someone who supports a project, with the moment since when."""
        return self.user(row["user"], view) | {"date_creation": fractional(row["at"])}

    def reply(self, row: Record, view: View) -> Record:
        """A comment, or a reply to one, with who wrote it."""
        return {
            "id": row["id"],
            "comment": row["comment"],
            "submit_date": fractional(row["at"]),
            "user": self.user(self.ulule.users[row["user_id"]], view),
        }

    def comment(self, row: Record, view: View) -> Record:
        """A comment with its replies, as far as they are shown with it."""
        replies = self.ulule.replies.get(row["id"], [])
        shown = replies if row["id"] % 2 else replies[:1]
        return self.reply(row, view) | {
            "replies_count": len(replies),
            "replies": [self.reply(each, view) for each in shown],
        }

    def news_detail(self, row: Record, view: View) -> Record:
        """A piece of news with its author and project."""
        project = self.ulule.projects[row["project_id"]]
        return self.news(row, view) | {
            "author": self.user(self.ulule.users[project["owner_id"]], view),
            "project": self.nested_project(project["id"], view),
        }

    def news(self, row: Record, view: View) -> Record:
        """A piece of news."""
        record = {key: value for key, value in row.items() if key not in {"at", "project_id"}}
        record["comments_count"] = len(self.ulule.news_comments[row["id"]])
        record["date_publication"] = None if row["at"] is None else fractional(row["at"])
        project = self.ulule.projects[row["project_id"]]
        return _shown("news", record, view, project["lang"])

    def order(self, row: Record, view: View) -> Record:
        """An order; totals are text, the lines of it numbers."""
        project = self.ulule.projects[row["project_id"]]
        rewards = self.ulule.rewards[project["id"]]
        reward = next((each for each in rewards if each["id"] == row["reward_id"]), None)
        subtotal, shipping = row["cents"] / 100, row["shipping_cents"] / 100
        site = "https://www.ulule.com"
        record = {
            "id": row["id"],
            "order_subtotal": f"{subtotal:.2f}",
            "order_total": f"{subtotal + shipping:.2f}",
            "order_shipping_total": shipping or 0,
            "payment_method": row["payment_method"],
            "status": row["status"],
            "absolute_url": f"{site}/{project['id']}/edit/order/{row['id']}/detail/",
            "resource_uri": f"https://api.ulule.com/v1/orders/{row['id']}",
            "billing_address": None,
            "shipping_address": row["shipping_address"],
            "note": row["note"],
            "items": [
                {
                    "line_total": subtotal + shipping,
                    "line_subtotal": subtotal,
                    "line_shipping_total": shipping or 0,
                    "quantity": row["quantity"],
                    "unit_price": subtotal / row["quantity"],
                    "reward_id": row["reward_id"],
                    "reward": self.reward(reward, view, project) if reward else None,
                }
            ],
            "created_at": fractional(row["at"]),
            "user": self.user(self.ulule.users[row["user_id"]], view, show=PRIVATE),
            "project_id": project["id"],
        }
        if row["status"] in {"awaiting-confirmation", "selecting-payment"}:
            record["payment_url"] = f"{site}/projects/{project['id']}/checkout/pay/{row['id']}"
        if view.at_least(EXTRA_LISTS_FROM):
            if "project" in view.extra:
                record["project"] = self.nested_project(project["id"], view)
            if "tracking" in view.extra:
                record["tracking"] = TRACKING[row["id"] % len(TRACKING)]
        return _shown("order", record, view, project["lang"])


def _shown(resource: str, record: Record, view: View, main: str) -> Record:
    """Shape a record and cut down its texts; users and rewards within it are shown already."""
    shown = shape(resource, record, view)
    for key, value in shown.items():
        if isinstance(value, I18n):
            shown[key] = view.text(value, main)
    if isinstance(shown.get("main_tag"), dict):
        tag = shown["main_tag"]
        texts = {key: value for key, value in tag.items() if isinstance(value, I18n)}
        shown["main_tag"] = tag | {key: view.text(value, main) for key, value in texts.items()}
    return shown
