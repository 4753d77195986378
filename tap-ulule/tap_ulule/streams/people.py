"""The signed-in user, other users, and what belongs to them."""

from __future__ import annotations

import sys
import typing as t

from tap_ulule.client import SharedListStream, UluleStream, UserStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.helpers import types

    from tap_ulule._kit.records import Record


class Me(SharedListStream):
    """The user to whom the credentials belong."""

    name = "me"
    path = "/me"
    single = True
    private = True

    @override
    def rows_of(self, context: types.Context) -> list[Record]:
        """Return the answer by which the run has checked its credentials."""
        if self._tap.signer.anonymous:
            return []
        found = self._tap.me
        self._tap.reach.reached()
        return [found]


class Users(SharedListStream):
    """The users in ``user_ids``."""

    name = "users"
    configured_by = "user_ids"
    path = "/users/{user_id}"
    single = True
    selected_by_default = False

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"user_id": user} for user in self._tap.configured_users]


class UserAddresses(UserStream):
    """Addresses of a user."""

    name = "user_addresses"
    path = "/users/{user_id}/addresses"
    envelope = "addresses"
    page_size = None
    hands_down: t.ClassVar[dict[str, str]] = {"address_id": "id"}


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
