"""Records of MOCO and Ulule as their documents show them, each with the number it is given."""

from __future__ import annotations

import typing as t

from benchmarks.peers.shape import moment

if t.TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, t.Any]

CUSTOMER = {"id": 503001, "name": "Nordhafen Logistik GmbH"}
MIRA = {"id": 71001, "firstname": "Mira", "lastname": "Albrecht"}
RUTH = {"id": 611001, "firstname": "Ruth", "lastname": "Sander"}
SIZES = ("20x20", "30x30", "40x40", "55x55", "75x75", "90x90", "128x128", "180x180", "230x230")
TEXTS = {"en": "A short note", "fr": "Un petit mot"} | dict.fromkeys(
    ("de", "it", "ca", "nl", "es"), ""
)


def activity(number: int, at: str) -> Record:
    """Return an hour of work."""
    return {
        "id": number,
        "date": "2026-03-02",
        "hours": 2.5,
        "description": f"Workshop zu den Schnittstellen des Kundenportals, Termin {number}",
        "billed": True,
        "billable": True,
        "invoice_id": 2300101,
        "tag": "workshop",
        "remote_service": "jira",
        "remote_id": "NHP-118",
        "remote_url": "https://jira.example/browse/NHP-118",
        "project": {
            "id": 940501, "identifier": "P2601", "name": "Kundenportal Neubau", "billable": True,
        },
        "task": {"id": 1250011, "name": "Konzeption", "billable": True},
        "customer": CUSTOMER,
        "user": MIRA,
        "deal": None,
        "hourly_rate": 118.0,
        "seconds": 9000,
        "worked_seconds": 9000,
        "timer_started_at": None,
        "created_at": "2022-02-11T08:14:05Z",
        "updated_at": at,
    }  # fmt: skip


def project(number: int, at: str) -> Record:
    """Return a project with tasks, contracts and custom fields."""
    return {
        "id": number,
        "identifier": f"P{number}",
        "name": "Kundenportal Neubau",
        "active": True,
        "billable": True,
        "fixed_price": False,
        "retainer": False,
        "start_date": "2026-02-01",
        "finish_date": "2026-12-31",
        "currency": "EUR",
        "billing_variant": "project",
        "billing_address": "Nordhafen Logistik GmbH\nKai 14\n20457 Hamburg",
        "billing_email_to": "rechnung@nordhafen.example",
        "billing_email_cc": None,
        "billing_notes": None,
        "setting_include_time_report": True,
        "budget": 15000.0,
        "budget_monthly": None,
        "budget_expenses": 2500.0,
        "hourly_rate": 118.0,
        "info": "Intern abgestimmt",
        "retainer_billing_date": None,
        "retainer_billing_title": None,
        "retainer_billing_description": None,
        "color": "#3a7f5b",
        "customer_report_url": None,
        "tags": ["Strategisch", "Nord"],
        "labels": ["Strategisch", "Nord"],
        "custom_properties": {
            "Kostenstelle": "KST-204", "Kanäle": ["Web", "Print"], "Abnahme nötig": "1",
        },
        "leader": MIRA,
        "co_leader": None,
        "customer": CUSTOMER,
        "tasks": [_task(1250011, "Konzeption"), _task(1250012, "Umsetzung")],
        "contracts": [
            MIRA | {"id": 458801, "user_id": 71001, "billable": True, "active": True,
                    "budget": 6000.0, "hourly_rate": 118.0},
        ],
        "deal": {"id": 388101, "name": "Relaunch Nordhafen"},
        "project_group": {"id": 4601, "name": "Nordhafen Gesamt"},
        "billing_contact": RUTH,
        "contact": RUTH,
        "secondary_contact": None,
        "archived_on": None,
        "created_at": "2022-02-11T08:14:05Z",
        "updated_at": at,
    }  # fmt: skip


def _task(number: int, name: str) -> Record:
    return {
        "id": number, "name": name, "billable": True, "active": True, "budget": 4000.0,
        "hourly_rate": 118.0, "description": "Arbeitspaket",
    }  # fmt: skip


def order(number: int, at: str) -> Record:
    """Return an order of one reward."""
    return {
        "id": number,
        "order_subtotal": "10.00",
        "order_total": "10.00",
        "order_shipping_total": 0,
        "payment_method": "paypal",
        "status": "payment-completed",
        "absolute_url": f"https://www.ulule.com/41001/edit/order/{number}/detail/",
        "resource_uri": f"https://api.ulule.com/v1/orders/{number}",
        "billing_address": None,
        "shipping_address": None,
        "note": None,
        "items": [
            {
                "line_total": 10.0, "line_subtotal": 10.0, "line_shipping_total": 0, "quantity": 1,
                "unit_price": 10.0, "reward_id": 51001, "reward": _reward(),
            },
        ],
        "created_at": at,
        "user": person(),
    }  # fmt: skip


def comment(number: int, at: str) -> Record:
    """Return a comment."""
    text = "Count me in, and thank you for the news from the workshop."
    return {"id": number, "comment": text, "submit_date": at, "user": person()}


def _reward() -> Record:
    return {
        "id": 51001,
        "price": 10,
        "stock": None,
        "stock_available": None,
        "stock_taken": 2,
        "available": True,
        "address_required": False,
        "date_delivery": "2018-03-01T00:00:00Z",
        "description": {"en": "<p>A signed postcard</p>", "fr": "<p>Une carte signée</p>"},
        "resource_uri": "https://api.ulule.com/v1/rewards/51001",
        "shipping_nat": None,
        "shipping_int": None,
        "has_shippings": False,
        "shippings": None,
    }


def person() -> Record:
    """Return a user of Ulule."""
    picture = "https://img.example.net/display/03ec{}/jpfeifer.jpeg"
    versions = {
        size: {"width": int(size.split("x")[0]), "height": int(size.split("x")[0]),
               "url": picture.format(size)}
        for size in SIZES
    }  # fmt: skip
    return {
        "id": 7004,
        "date_joined": "2012-01-15T09:00:00Z",
        "first_name": "Jonas",
        "has_avatar": True,
        "lang": "de",
        "last_login": "2017-10-18T10:10:10.000001Z",
        "last_name": "Pfeifer",
        "birthday": "1979-12-05",
        "country": "DE",
        "nationality": "DE",
        "location": "Freiburg",
        "name": "Jonas Pfeifer",
        "is_staff": False,
        "username": "jpfeifer",
        "timezone": "Europe/Berlin",
        "is_completed": True,
        "absolute_url": "https://www.ulule.com/jpfeifer",
        "resource_uri": "https://api.ulule.com/v1/users/7004",
        "avatar": {
            "id": 1004, "versions": versions, "name": "jpfeifer.jpeg", "value": "a/4/1004.jpeg",
        },
        "description": TEXTS,
        "presentation": TEXTS,
        "screenname": "jpfeifer",
        "email": "jpfeifer@example.org",
        "personal_id_number": None,
    }  # fmt: skip


def campaign(ident: int, total: int) -> Record:
    """Return the Ulule project that the lists belong to, as its owner sees it."""
    return {
        "id": ident,
        "slug": "atelier-lumen",
        "lang": "fr",
        "status": "online",
        "type": "project",
        "finished": False,
        "is_online": True,
        "is_cancelled": False,
        "amount_raised": total * 10,
        "committed": total * 10,
        "comments_count": total,
        "news_count": 0,
        "supporters_count": total,
        "nb_products_sold": total,
        "orders_count": total,
        "date_start": "2017-10-15T00:00:00Z",
        "date_end": moment(10**8),
        "name": {"fr": "Atelier Lumen"},
        "rewards": [],
        "user_role": "owner",
    }


RECORDS: dict[str, Callable[[int, str], Record]] = {
    "activities": activity,
    "projects": project,
    "project_orders": order,
    "project_comments": comment,
}
