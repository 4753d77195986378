"""Ulule's records as a view shows them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sandbox.apis.ulule.versions import shape
from sandbox.world.clock import fractional
from sandbox.world.ulule.texts import I18n

if TYPE_CHECKING:
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

PRIVATE = ("birthday", "nationality", "email", "personal_id_number")
SIZES = (20, 30, 40, 55, 75, 90, 128, 180, 230, 290)
SEARCH_KEYS = ("absolute_url", "amount_raised", "country", "currency", "date_end", "date_start",
               "finished", "goal", "id", "lang", "name", "nb_products_sold", "slug", "subtitle",
               "type", "main_image", "main_tag", "owner", "user_role")  # fmt: skip


@cache
def avatar(ident: int, username: str) -> Record:
    """The pictures of a user."""
    name = f"{username}.jpeg"
    full = f"https://cdn.example.net/avatar/{ident}/{name}"
    urls = {size: f"https://img.example.net/display/{ident}{size}x{size}/{name}" for size in SIZES}
    versions: Record = {
        f"{size}x{size}": {"width": size, "height": size, "url": url} for size, url in urls.items()
    }
    versions["full"] = {"width": None, "height": None, "url": full}
    flat = {str(size): url for size, url in urls.items()}
    value = f"avatar/{ident}/{name}"
    return {"id": ident, "versions": versions, "name": name, "value": value, **flat, "full": full}


class Renderer:
    """Shows the records of one platform."""

    def __init__(self, ulule: Ulule) -> None:
        """Show a platform's records."""
        self.ulule = ulule

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

    def reward(self, reward: Record, view: View, project: Record) -> Record:
        """A reward with what is left of it."""
        orders = self.ulule.valid_orders(project["id"])
        taken = sum(row["quantity"] for row in orders if row["reward_id"] == reward["id"])
        stock = reward["stock"]
        record = {key: value for key, value in reward.items() if key != "project_id"}
        record |= {
            "stock_taken": taken,
            "stock_available": None if stock is None else max(0, stock - taken),
            "available": stock is None or taken < stock,
        }
        return _shown("reward", record, view, project["lang"])

    def project(self, project: Record, view: View) -> Record:
        """A project with its counters, owner and rewards."""
        record = {key: value for key, value in project.items()
                  if key[0] != "_" and key != "owner_id"}  # fmt: skip
        record |= self.ulule.counters(project)
        record["owner"] = self.user(self.ulule.users[project["owner_id"]], view)
        record["rewards"] = [
            self.reward(reward, view, project) for reward in self.ulule.rewards[project["id"]]
        ]
        record["user_role"] = self._role(project, view)
        if not view.at_least("2017-12-12") and project["main_image"]:
            record["main_image"] = _flat_image(project["main_image"])
        return _shown("project", record, view, project["lang"])

    def search_row(self, project: Record, view: View) -> Record:
        """A project as a search shows it; without a version it is the whole project."""
        if not view.version:
            return self.project(project, view)
        whole = project | self.ulule.counters(project)
        whole["owner"] = self.user(self.ulule.users[project["owner_id"]], view)
        whole["user_role"] = self._role(project, view)
        record = {key: whole[key] for key in SEARCH_KEYS}
        return _shown("search_project", record, view, project["lang"])

    def _role(self, project: Record, view: View) -> str | None:
        own = view.viewer is not None and view.viewer["id"] == project["owner_id"]
        return "owner" if own else None

    def supporter(self, row: tuple[Record, int], view: View) -> Record:
        """Someone who supports a project, with the moment since when."""
        user, at = row
        return self.user(user, view) | {"date_creation": fractional(at)}

    def comment(self, row: Record, view: View) -> Record:
        """A comment with who wrote it."""
        return {
            "id": row["id"],
            "comment": row["comment"],
            "submit_date": fractional(row["at"]),
            "user": self.user(self.ulule.users[row["user_id"]], view),
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


def _flat_image(image: Record) -> Record:
    """An image with the flat size keys of old."""
    sizes = {"230x126": "small", "258x145": "medium", "640x360": "large", "full": "full"}
    return image | {size: image["versions"][name]["url"] for size, name in sizes.items()}
