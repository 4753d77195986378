"""MiiMOSA's API under /miimosa: projects, pledges, wallets, and the leads it is sent."""

from __future__ import annotations

import math
import re
import typing as t
from datetime import datetime, timezone

from sandbox.wire import Budget, Call, Record, Reply, key_text, query_string

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.leads import Leads
    from sandbox.options import Options
    from sandbox.world import World

KEY = "sandbox-miimosa-key"
PER_PAGE = 10
MAX_PER_PAGE = 100
CATEGORIES = ("apiculture", "aquaculture", "alcool", "soft", "elevage", "sale", "sucre",
              "horticulture", "innovation", "nature", "lait", "viticulture")  # fmt: skip
REQUIRED = ("email", "firstname", "lastname", "phone", "collect_type", "project_description",
            "project_total_budget", "publication_timeframe")  # fmt: skip
ENUMS = {
    "collect_type": ("donation", "lending"),
    "publication_timeframe": ("within_month", "next_months", "another_quarter"),
    "category": CATEGORIES,
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class MiimosaApi:
    """The platform's API."""

    name = "miimosa"
    prefix = "/miimosa"

    def __init__(self, world: World, leads: Leads) -> None:
        """Serve a world, and keep the leads that are sent."""
        self.world = world
        self.leads = leads

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """All records of a stream; those of a person carry `user_email`."""
        miimosa = self.world.miimosa
        if stream in {"projects", "project_details"}:
            return ("id",), [dict(row) for _, row in sorted(miimosa.projects.items())]
        if stream == "pledges":
            rows = [row | {"user_email": email} for email, user in miimosa.users.items()
                    for row in user["pledges"]]  # fmt: skip
            return ("id",), sorted(rows, key=lambda row: int(row["id"]))
        if stream == "wallets":
            return ("user_email",), [user["wallet"] | {"user_email": email}
                                     for email, user in sorted(miimosa.users.items())
                                     if user["wallet"]]  # fmt: skip
        return None

    def credential(self, call: Call) -> str:
        """Whom the request counts against."""
        return call.authorization or call.peer

    def refuse(self, _call: Call) -> Reply:
        """The answer beyond a limit, if the control endpoint has set one. Assumed."""
        return Reply.of({"error": "Too many requests"}, 429)

    def mark(self, reply: Reply, budget: Budget, options: Options) -> None:
        """Add nothing: no header about limits is documented."""

    def answer(self, call: Call, options: Options) -> Reply:
        """Serve one request."""
        if not is_known(call.authorization, options.miimosa_authorization):
            return Reply.of({"error": "Unauthorized"}, 401).on("?")
        path = call.path.rstrip("/")
        if call.method == "POST":
            return self._write(call, path)
        if call.method not in {"GET", "HEAD"}:
            return Reply(405).on("?")
        return self._read(call, path, options)

    def _write(self, call: Call, path: str) -> Reply:
        if path not in {"/leads", "/api/leads"}:
            return Reply(404).on("?")
        return self._lead(call, strict=path == "/leads").on(path)

    def _read(self, call: Call, path: str, options: Options) -> Reply:
        if path in {"/projects", "/api/projects"}:
            return self._projects(call, options).on(path)
        if path.startswith("/projects/"):
            return self._project(path.removeprefix("/projects/")).on("/projects/{id}")
        routes = {"/pledges": self._pledges, "/wallet": self._wallet,
                  "/user/pledges": self._pledges, "/user/wallet": self._wallet}  # fmt: skip
        if path not in routes:
            return Reply(404).on("?")
        status, email = self._person(call, checked=path.startswith("/user/"))
        if status != 200:
            reason = {400: "Bad request", 403: "Forbidden", 404: "Not found"}[status]
            return Reply.of({"error": reason}, status).on(path)
        return routes[path](call, email, options).on(path)

    def _person(self, call: Call, *, checked: bool) -> tuple[int, str]:
        """Find the person that a request is about; newer paths ask for the date of birth."""
        email = call.query.get("user_email" if checked else "email", "")
        if not email or (checked and not call.query.get("user_birthdate")):
            return 400, ""
        user = self.world.miimosa.users.get(email)
        if user is None:
            return 404, ""
        if checked and call.query["user_birthdate"] != user["birthdate"]:
            return 403, ""
        return 200, email

    def _projects(self, call: Call, options: Options) -> Reply:
        rows = list(self.world.miimosa.projects.values())
        for name in ("category", "type", "region"):
            if name in call.query:
                rows = [row for row in rows if row[name] == call.query[name]]
        if "keyword" in call.query:
            word = call.query["keyword"].casefold()
            rows = [row for row in rows
                    if word in f"{row['title']} {row['description']}".casefold()]  # fmt: skip
        order = call.query.get("order", "recent")
        rows.sort(key=lambda row: int(row["id"]), reverse=True)
        if order == "populars":
            rows.sort(key=lambda row: -float(row["collected"]))
        elif order == "in_progress":
            rows.sort(key=lambda row: row["status"] != "in_progress")
        return self._page(call, rows, "projects", options)

    def _project(self, ident: str) -> Reply:
        found = self.world.miimosa.projects.get(int(ident)) if ident.isdigit() else None
        if found is None:
            return Reply.of({"error": "Not found"}, 404)
        return Reply.of(found).having_served("project_details", [ident])

    def _pledges(self, call: Call, email: str, options: Options) -> Reply:
        rows = self.world.miimosa.users[email]["pledges"]
        return self._page(call, rows, "pledges", options)

    def _wallet(self, _call: Call, email: str, _options: Options) -> Reply:
        wallet = self.world.miimosa.users[email]["wallet"]
        if wallet is None:
            return Reply(404)
        return Reply.of(wallet).having_served("wallets", [email])

    def _page(self, call: Call, rows: list[Record], stream: str, options: Options) -> Reply:
        """One page, with the others named in the Link header."""
        page = _positive(call.query.get("page"), 1)
        size = min(_positive(call.query.get("per_page"), PER_PAGE), MAX_PER_PAGE)
        shown = rows[(page - 1) * size : page * size]
        keys = [key_text((row["id"],)) for row in shown]
        reply = Reply.of(shown).having_served(stream, keys)
        reply.headers |= {"Total": str(len(rows)), "Per-Page": str(size)}
        last = math.ceil(len(rows) / size)
        pages: dict[str, int] = {}
        if page > 1:
            pages |= {"first": 1, "prev": page - 1}
        if page < last:
            pages |= {"last": last, "next": page + 1}
        if pages:
            reply.headers["Link"] = ", ".join(
                f'<{self._target(call, number, options)}>; rel="{name}"'
                for name, number in pages.items()
            )
        return reply

    def _target(self, call: Call, page: int, options: Options) -> str:
        others = [(name, value) for name, value in call.pairs if name != "page"]
        query = query_string([*others, ("page", str(page))])
        if options.miimosa_links == "relative":
            return f"{self.prefix}{call.path}?{query}"
        return f"{call.base}{call.path}?{query}"

    def _lead(self, call: Call, *, strict: bool) -> Reply:
        received = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        try:
            body = call.json()
        except ValueError:
            return Reply.of({"errors": {"base": ["is not valid JSON"]}}, 400)
        errors = lead_errors(body, strict=strict)
        if errors:
            return Reply.of({"errors": errors}, 400)
        return Reply.of({"id": self.leads.accept(call, body, received)})


def is_known(header: str, form: str) -> bool:
    """Whether an Authorization header holds the key, in a form or in `any` of them."""
    forms = {"plain": KEY, "token": f"Token token={KEY}"}
    return header in (forms.values() if form == "any" else (forms[form],))


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and int(text) > 0 else default


def lead_errors(body: object, *, strict: bool) -> dict[str, list[str]]:
    """What is wrong with a lead, by field; the older endpoint documents no lists of values."""
    if not isinstance(body, dict):
        return {"base": ["is not an object"]}
    errors: dict[str, list[str]] = {}
    for name, value in body.items():
        if not isinstance(value, str):
            errors[name] = ["is not a string"]
        elif strict and name in ENUMS and value not in ENUMS[name]:
            errors[name] = ["is not included in the list"]
    for name in REQUIRED:
        if name not in body or (isinstance(body[name], str) and not body[name].strip()):
            errors[name] = ["can't be blank"]
    if "email" not in errors and not EMAIL.fullmatch(body["email"]):
        errors["email"] = ["is invalid"]
    return errors
