"""The page about the warehouse: right figures, on cards and in charts, and nothing from outside."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import typing as t
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from report.figures import Figures
from report.numbers import amount
from report.page import render
from tests.transform.sums import total

if t.TYPE_CHECKING:
    from tests.transform.conftest import Built

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
EMPTY = {"campaigns", "raised", "utilization", "projects", "receivables", "revenue", "tables"}


class Texts(HTMLParser):
    """The visible texts of a page, and what it would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.fetched: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [
            str(value) for name, value in attrs
            if name in {"src", "srcset", "data"} or (name == "href" and tag != "a")
        ]  # fmt: skip


def after(texts: list[str], label: str) -> str:
    """The text that follows a label."""
    shown = [text for text in texts if text]
    return shown[shown.index(label) + 1]


def test_cards_and_charts_say_what_the_world_says(built: Built) -> None:
    texts = Texts(built.page).texts
    micropledge = sum(Decimal(str(row["amount"])) for row in built.world("micropledge.pledges"))
    owed = total(built.mart("receivables", "invoice_id").values(), "open_total")
    leads = {row["lead_key"] for row in built.mart("lead_to_campaign", "lead_key",
                                                   "campaign_number").values()}  # fmt: skip

    assert after(texts, "Raised on microPledge") == amount(micropledge, None)
    # The legend of the chart has the same.
    assert texts.count(amount(micropledge, None)) == 2
    assert after(texts, "Open invoices") == amount(owed, "EUR")
    assert after(texts, "Leads") == str(len(leads))
    live = [row for row in built.mart("campaigns", "campaign_key").values()
            if row["state"] == "live"]  # fmt: skip
    assert after(texts, "Live campaigns") == str(len(live))


def test_the_page_holds_all_it_needs(built: Built) -> None:
    assert len(built.page.encode()) < 300_000
    assert set(Texts(built.page).fetched) == {"data:,"}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp", built.page)


def test_names_from_outside_are_text(built: Built) -> None:
    name = "<script>alert(1)</script>"
    row = {
        "name": name, "platform": "ulule", "state": "live", "currency": "EUR", "is_presale": False,
        "url": "javascript:alert(1)", "goal": Decimal(10), "raised": Decimal(5),
        "percent": Decimal(50), "backers": 1, "ended_on": None,
    }  # fmt: skip
    rows = {name: [] for name in EMPTY} | {"campaigns": [row]}

    page = render(Figures(rows, [], "2026-03-01 12:00"))

    assert name not in page
    assert "javascript:" not in page
    assert built.page.count("<script>") == 1


def test_without_marts_or_warehouse_it_says_so(postgres: str) -> None:
    def run(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "report", "--url", url, "--schema", "nowhere"],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    empty, gone = run(postgres), run("postgresql://loader:secret-word@127.0.0.1:1/warehouse")

    assert (empty.returncode, gone.returncode) == (1, 1)
    assert "no marts in the schema 'nowhere'" in empty.stderr
    assert "cannot be reached" in gone.stderr
    assert "secret-word" not in gone.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_shows_it_without_a_request_or_an_error(
    built: Built, tmp_path: Path, width: int
) -> None:
    page = tmp_path / "report.html"
    # Presses a heading, and tells whether the page is wider than the window.
    probe = """<script>
      document.querySelectorAll("details").forEach((each) => { each.open = true; });
      document.querySelector("th button").click();
      document.title = JSON.stringify({
        asked: performance.getEntriesByType("resource").map((each) => each.name),
        wide: document.documentElement.scrollWidth > window.innerWidth,
        first: document.querySelector("tbody td").textContent,
        sorted: document.querySelector("th").getAttribute("aria-sort")});
    </script></body>"""
    page.write_text(built.page.replace("</body>", probe), encoding="utf-8")

    done = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         f"--window-size={width},2000", f"--user-data-dir={tmp_path}/user",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom",
         page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip

    title = re.search(r"<title>(\{.*?\})</title>", done.stdout)
    assert title
    found = json.loads(title[1])
    names = sorted(row["name"] for row in built.mart("campaigns", "campaign_key").values())
    assert found["sorted"] == "ascending"
    assert found["first"] in names
    assert not found["wide"]
    assert "CONSOLE" not in done.stderr
    assert found["asked"] == []
