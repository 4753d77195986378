"""The streams of Ulule, by area; names, keys and change markers as the API documents them."""

from __future__ import annotations

import typing as t

from tap_ulule.streams import (
    catalogue,
    discussions,
    news,
    orders,
    partners,
    people,
    project_lists,
    projects,
    proposals,
    rewards,
    sources,
)

if t.TYPE_CHECKING:
    from tap_ulule.client import UluleStream

# Of a project's lists the private ones come last: their answers prove the credentials.
STREAMS: tuple[type[UluleStream], ...] = (
    *sources.STREAMS,
    *projects.STREAMS,
    *project_lists.STREAMS,
    *rewards.STREAMS,
    *news.STREAMS,
    *orders.STREAMS,
    *partners.STREAMS,
    *people.STREAMS,
    *proposals.STREAMS,
    *discussions.STREAMS,
    *catalogue.STREAMS,
)
