"""Ulule's projects and their rewards, in the shape of version 2017-10-10."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import parse_moment, whole
from sandbox.world.people import ascii_slug
from sandbox.world.ulule.texts import I18n

if t.TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from sandbox.wire import Record
    from sandbox.world.campaigns import Campaign

FIRST_PROJECT = 41001
FIRST_REWARD = 51001
TAGS = (("crafts", "Crafts", "Artisanat"), ("food", "Food", "Alimentation"),
        ("nature", "Nature", "Nature"), ("books", "Books", "Livres"))  # fmt: skip
UNPUBLISHED = 3
"""The running number of the one project that is not online: the partner's own."""


def make_tag(number: int) -> Record:
    """One of the tags that a project can carry as its main one."""
    slug, english, french = TAGS[number % len(TAGS)]
    return {
        "id": 4 + number % len(TAGS),
        "position": 3 + number % len(TAGS),
        "slug": slug,
        "absolute_url": f"https://www.ulule.com/discover/tags/{slug}",
        "name": I18n({"en": english, "fr": french}),
    }


def make_project(
    rng: Random, index: int, campaign: Campaign, owner: Record, start: datetime
) -> Record:
    """Make a project; its counters are put in when it is served."""
    ident = FIRST_PROJECT + index
    online = index != UNPUBLISHED
    presale = index % 5 == 2
    slug = ascii_slug(f"{campaign.title} {ident}")
    lang = owner["lang"]
    place = campaign.person.place
    end = start + timedelta(days=rng.randint(20, 60))
    goal = rng.randint(20, 200) if presale else campaign.budget
    return {
        "id": ident,
        "country": place.country,
        "currency": "EUR",
        "currency_display": "€",
        "date_end": whole(end) if online else None,
        "nb_days": None if online else 30,
        "date_start": whole(start) if online else None,
        "goal": goal,
        "is_online": online,
        "is_cancelled": index % 19 == 18,
        "lang": lang,
        "slug": slug,
        "status": "online" if online else "pending-owner",
        "timezone": owner["timezone"],
        "type": "presale" if presale else "project",
        "payment_methods": ["check", "creditcard", "paypal"] if index % 3 else ["creditcard"],
        "lowest_contribution_amount": 0 if presale else 5,
        "background": make_background(ident) if index % 3 else None,
        "main_image": make_image(ident) if index % 7 != 6 else None,
        "video": make_video(ident, lang) if index % 4 == 1 else None,
        "main_tag": make_tag(index),
        "location": {
            "name": f"{place.city}, {place.country}",
            "full_name": f"{place.city}, {place.region_name}, {place.country}",
            "country": place.country,
            "region": place.region_name,
            "city": place.city,
        }
        if index % 6 != 3
        else None,
        "absolute_url": f"https://www.ulule.com/{slug}/",
        "resource_uri": f"https://api.ulule.com/v1/projects/{ident}",
        "urls": make_urls(ident, slug),
        "name": I18n(campaign.name),
        "subtitle": I18n(campaign.text),
        "description": I18n(
            {key: f"<p>{text} — {campaign.company}</p>" for key, text in campaign.text.items()}
        ),
        "description_funding": I18n({lang: f"<p>{campaign.budget} €</p>"}),
        "description_yourself": I18n({lang: f"<p>{owner['name']}</p>"} if index % 2 else {}),
        "owner_id": owner["id"],
        "_start": start,
        "_end": end,
        **({"sdg_hints": ["12.3", None]} if index % 13 == 4 else {}),  # no document names it
        **({} if online else {"fields_needed": ["owner.country", "account.is_completed"]}),
    }


def make_urls(ident: int, slug: str) -> Record:
    """The addresses of a project's pages."""
    edit = f"https://www.ulule.com/projects/{ident}/edit"
    return {
        "web": {
            "checkout": f"https://www.ulule.com/projects/{ident}/checkout/",
            "detail": f"https://www.ulule.com/{slug}/",
            "edit": {
                "address": f"{edit}/billing/",
                "main": f"{edit}/",
                "media": f"{edit}/layout/",
                "news": {
                    "add": f"{edit}/news/add",
                    "index": f"https://www.ulule.com/projects/{slug}/news/",
                },
                "orders": f"{edit}/orders/",
                "products": f"{edit}/products/",
                "rib": f"{edit}/billing/",
                "ticket": f"https://www.ulule.com/discussions/view/{ident - 37700}",
            },
        }
    }


def make_background(ident: int) -> Record:
    """A page background: a colour, an image with one, or an image whose colour is empty."""
    found = {"color": "#f4efe6" if ident % 4 else ""}
    if ident % 2 or not found["color"]:
        found["url"] = f"https://cdn.example.net/presales/{ident}/paper.png"
    return found


def make_background_image(project: Record) -> list[Record]:
    """The background as one of the project's images, if it is one."""
    background = project["background"] or {}
    if "url" not in background:
        return []
    return [
        {
            "id": project["id"] - 19000,
            "type": "background",
            "lang": project["lang"],
            "color": background["color"],
            "url": background["url"],
            "name": "paper.png",
            "value": f"presales/{project['id']}/paper.png",
        }
    ]


def make_image(ident: int) -> Record:
    """The main image."""
    value = f"presales/{ident}/image.jpg"
    sizes = {"small": (230, 126), "medium": (258, 145), "large": (640, 360)}
    versions: Record = {
        name: {
            "width": width,
            "height": height,
            "url": f"https://img.example.net/{width}x{height}/{value}",
        }
        for name, (width, height) in sizes.items()
    }
    versions["full"] = {"width": None, "height": None, "url": f"https://cdn.example.net/{value}"}
    return {
        "id": ident - 29000,
        "lang": "fr",
        "name": "image.jpg",
        "type": "main",
        "value": value,
        "versions": versions,
    }


def make_video(ident: int, lang: str) -> Record:
    """The video of the project's language."""
    site = "https://video.example.net"
    return {
        "id": ident - 24500,
        "language": lang,
        "author_name": "Chaîne d'exemple",
        "author_url": f"{site}/channel/exemple",
        "height": 270,
        "html": f'<iframe width="480" height="270" src="{site}/embed/{ident}"></iframe>',
        "provider_name": "ExampleTube",
        "provider_url": f"{site}/",
        "thumbnail_height": 360,
        "thumbnail_url": f"{site}/thumb/{ident}.jpg",
        "thumbnail_width": 480,
        "title": "Visite de la ferme",
        "type": "video",
        "url": f"{site}/watch/{ident}-{lang}",
        "version": "",
        "width": 480,
    }


def make_reward(rng: Random, ident: int, project: Record, number: int) -> Record:
    """A reward; how many are taken is put in when it is served."""
    posted = number % 2 == 1
    many = number % 4 == 3
    moment = parse_moment(project["date_end"] or "2026-01-01") + timedelta(days=90)
    texts = {"fr": "<p>Un pot de miel & une carte</p>", "de": "<p>Ein Glas Honig</p>",
             "en": "<p>A jar of honey</p>"}  # fmt: skip
    return {
        "id": ident,
        "price": rng.choice((19.9, 12.5)) if number == 2 else rng.randrange(5, 120, 5),
        "stock": 100 if posted else None,
        "address_required": posted,
        "date_delivery": whole(moment.replace(day=1, hour=0, minute=0, second=0)),
        "description": I18n(texts),
        "resource_uri": f"https://api.ulule.com/v1/rewards/{ident}",
        "shipping_nat": 4.9 if posted else None,
        "shipping_int": 18 if posted else None,
        "has_shippings": many,
        "shippings": [
            {"amount": 6.5, "countries": ["FR", "BE"]},
            {"amount": 14, "countries": ["CA", "US"]},
        ]
        if many
        else None,
        "project_id": project["id"],
    }
