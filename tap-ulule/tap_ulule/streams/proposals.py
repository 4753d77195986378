"""Proposals: projects before they are one."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import PartnerStream, UluleStream, UserStream

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context


class UserProposals(UserStream):
    """Proposals of a user."""

    name = "user_proposals"
    path = "/users/{user_id}/proposals"
    envelope = "proposals"
    child_parameters: t.ClassVar[dict[str, str]] = {"proposal_id": "id", "user_id": "user_id"}


class ProposalStream(UluleStream):
    """What belongs to one proposal of a user."""

    parent_stream_type = UserProposals
    private = True

    @override
    def context_id(self, context: Context) -> str:
        """Return the proposal's id: it is of one user only."""
        return str(context["proposal_id"])


class ProposalDetails(ProposalStream):
    """One proposal; the list already has it all."""

    name = "proposal_details"
    path = "/proposals/{proposal_id}"
    single = True
    context_fields = ("user_id",)
    change_markers = ("date_update", "status")
    selected_by_default = False


class ProposalLinks(ProposalStream):
    """Links in a proposal."""

    name = "proposal_links"
    path = "/proposals/{proposal_id}/links"
    envelope = "links"
    primary_keys = ("proposal_id", "id")
    context_fields = ("proposal_id", "user_id")
    page_size = None
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
