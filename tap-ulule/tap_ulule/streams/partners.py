"""Partners and their users; their projects are in :mod:`.sources`."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import PartnerStream, UluleStream


class PartnerUsers(PartnerStream):
    """Users who signed up through a partner."""

    name = "partner_users"
    path = "/partners/{partner_slug}/users"
    envelope = "users"
    primary_keys = ("partner_slug", "id")


class Partners(UluleStream):
    """The partners in ``partner_slugs``."""

    name = "partners"
    configured_by = "partner_slugs"
    path = "/partners/{partner_id}"
    single = True
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"partner_id": slug} for slug in self.config["partner_slugs"]]


STREAMS: tuple[type[UluleStream], ...] = (PartnerUsers, Partners)
