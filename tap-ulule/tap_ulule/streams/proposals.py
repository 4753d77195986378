"""Proposals: projects before they are one."""

from __future__ import annotations

import typing as t

from tap_ulule.client import PartnerStream, UluleStream, UserStream


class UserProposals(UserStream):
    """Proposals of a user."""

    name = "user_proposals"
    path = "/users/{user_id}/proposals"
    envelope = "proposals"
    # The record holds the user.
    context_fields = ()
    child_parameters: t.ClassVar[dict[str, str]] = {"proposal_id": "id"}


class ProposalDetails(UluleStream):
    """One proposal; the list already has it all."""

    name = "proposal_details"
    path = "/proposals/{proposal_id}"
    parent_stream_type = UserProposals
    single = True
    private = True
    change_markers = ("date_update", "status")
    selected_by_default = False


class ProposalLinks(UluleStream):
    """Links in a proposal."""

    name = "proposal_links"
    path = "/proposals/{proposal_id}/links"
    envelope = "links"
    parent_stream_type = UserProposals
    primary_keys = ("proposal_id", "id")
    context_fields = ("proposal_id",)
    page_size = None
    private = True
    change_markers = ("date_update",)


class PartnerProposals(PartnerStream):
    """Proposals made through a partner."""

    name = "partner_proposals"
    path = "/partners/{partner_slug}/proposals"
    envelope = "proposals"


class Proposals(UluleStream):
    """All proposals, for staff."""

    name = "proposals"
    path = "/proposals"
    envelope = "proposals"
    private = True
    selected_by_default = False


STREAMS: tuple[type[UluleStream], ...] = (
    UserProposals,
    ProposalDetails,
    ProposalLinks,
    PartnerProposals,
    Proposals,
)
