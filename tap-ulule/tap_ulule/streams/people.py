"""The signed-in user, other users, and what belongs to them."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.compat import override
from tap_ulule.client import UluleStream, UserStream

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Context, Record


class Me(UluleStream):
    """The user to whom the credentials belong."""

    name = "me"
    path = "/me"
    shared = True
    single = True
    private = True

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> list[Record]:
        """Return the answer by which the run has checked its credentials."""
        if self.tap.signer.anonymous:
            return []
        found = self.tap.me
        self.run.reach.note_read()
        return [dict(found)]


class Users(UluleStream):
    """The users in ``user_ids``."""

    name = "users"
    shared = True
    configured_by = "user_ids"
    path = "/users/{user_id}"
    single = True
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"user_id": user} for user in self.tap.configured_users]


class UserAddresses(UserStream):
    """Addresses of a user."""

    name = "user_addresses"
    path = "/users/{user_id}/addresses"
    envelope = "addresses"
    page_size = None
    child_parameters: t.ClassVar[dict[str, str]] = {"address_id": "id"}


class AddressDetails(UluleStream):
    """One address; the list already has it all."""

    name = "address_details"
    path = "/addresses/{address_id}"
    parent_stream_type = UserAddresses
    single = True
    private = True
    selected_by_default = False


class UserNotifications(UserStream):
    """Which e-mails the signed-in user wants."""

    name = "user_notifications"
    path = "/users/{user_id}/notifications"
    primary_keys = ("user_id",)
    single = True
    only_self = True


class UserLinks(UserStream):
    """Links of the signed-in user."""

    name = "user_links"
    path = "/users/{user_id}/links"
    envelope = "links"
    page_size = None
    only_self = True


class UserChannels(UserStream):
    """Channels of a user."""

    name = "user_channels"
    path = "/users/{user_id}/channels"
    envelope = "channels"
    primary_keys = ("user_id", "slug")
    private = False
    language = "en"
    selected_by_default = False


class Accounts(UluleStream):
    """Payout accounts in ``account_ids``."""

    name = "accounts"
    configured_by = "account_ids"
    path = "/accounts/{account_id}"
    single = True
    private = True
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"account_id": account} for account in self.config["account_ids"]]


class OfficialUsers(UluleStream):
    """Users that speak for the platform."""

    name = "official_users"
    path = "/officialusers"
    envelope = "users"
    selected_by_default = False


STREAMS: tuple[type[UluleStream], ...] = (
    Me,
    Users,
    UserAddresses,
    AddressDetails,
    UserNotifications,
    UserLinks,
    UserChannels,
    Accounts,
    OfficialUsers,
)
