"""Ulule's pictures in all their sizes."""

from __future__ import annotations

import typing as t
from functools import cache

if t.TYPE_CHECKING:
    from sandbox.wire import Record

SIZES = (20, 30, 40, 55, 75, 90, 128, 180, 230, 290)


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


def flat_image(image: Record) -> Record:
    """An image with the flat size keys of old, and heights as the first document spells them."""
    versions = {
        name: {{"height": "heigth"}.get(key, key): value for key, value in version.items()}
        for name, version in image["versions"].items()
    }
    image = image | {"versions": versions}
    sizes = {"230x126": "small", "258x145": "medium", "640x360": "large", "full": "full"}
    return image | {size: image["versions"][name]["url"] for size, name in sizes.items()}
