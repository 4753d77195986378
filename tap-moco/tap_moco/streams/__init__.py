"""The streams of MOCO by area; names, keys and filters as the API documents them."""

from __future__ import annotations

import typing as t

from tap_moco.streams import (
    account,
    contacts,
    invoicing,
    people,
    projects,
    purchases,
    reports,
    sales,
    tags,
    time,
)

if t.TYPE_CHECKING:
    from tap_moco.client import MocoStream

STREAMS: tuple[type[MocoStream], ...] = (
    *contacts.STREAMS,
    *sales.STREAMS,
    *projects.STREAMS,
    *time.STREAMS,
    *invoicing.STREAMS,
    *purchases.STREAMS,
    *people.STREAMS,
    *account.STREAMS,
    *tags.STREAMS,
    *reports.STREAMS,
)
