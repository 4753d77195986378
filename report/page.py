"""The page as a whole: cards, sections, and what makes them look and sort."""

from __future__ import annotations

import html
import typing as t
from pathlib import Path

from report import sections
from report.numbers import amount, number, text
from report.pipelines import pipelines

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from report.figures import Figures

HERE = Path(__file__).parent
SECTIONS: list[tuple[str, Callable[[Figures], str]]] = [
    ("Campaigns", sections.campaigns),
    ("Raised over time", sections.raised_over_time),
    ("From lead to campaign", sections.funnel),
    ("Revenue", sections.revenue),
    ("Profitability", sections.profitability),
    ("Utilization", sections.utilization),
    ("Receivables", sections.receivables),
    ("Pipelines", pipelines),
]


def render(figures: Figures) -> str:
    """Return the page as HTML."""
    cards = "".join(
        f'<div class="card"><span class="soft">{text(title)}</span><b>{value}</b></div>'
        for title, value in list_cards(figures)
    )
    parts = "".join(
        f"<section><h2>{html.escape(title)}</h2>{make(figures)}</section>"
        for title, make in SECTIONS
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # Nothing may be fetched, not even an icon.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">"
        '<link rel="icon" href="data:,"><title>Agency and campaigns</title>'
        f"<style>{(HERE / 'page.css').read_text(encoding='utf-8')}</style></head><body>"
        f'<header><h1>Agency and campaigns</h1><p class="soft">{figures.made_at} UTC</p></header>'
        f'<div class="cards">{cards}</div><main>{parts}</main>'
        f"<script>{(HERE / 'sort.js').read_text(encoding='utf-8')}</script></body></html>\n"
    )


def list_cards(figures: Figures) -> list[tuple[str, str]]:
    """Return the titles and values of the cards, from the same figures as the charts."""
    rows = figures.rows["campaigns"]
    funnel = figures.one("funnel")
    cards = [("Live campaigns", number(sum(row["state"] == "live" for row in rows)))]
    for (platform, currency), points in sections.raised(figures).items():
        title = f"Raised on {sections.PLATFORMS[platform]}"
        cards.append((title, amount(points[-1][1], currency or None)))
    if funnel:
        cards.append(("Leads, of which funded", f"{funnel['leads']} / {funnel['funded']}"))
    for currency, total in sections.open_totals(figures).items():
        cards.append(("Open invoices", amount(total, currency)))
    return cards
