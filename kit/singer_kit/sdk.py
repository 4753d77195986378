"""Every private name of the Singer SDK that the kit imports, overrides or calls, but for streams.

The classes here and in :mod:`.sdk_streams` turn the SDK's private methods into documented hooks, so
that no other module depends on a name that the SDK may change without notice.
``tests/kit/test_sdk_contract.py`` checks each of them against the installed SDK.
"""

from __future__ import annotations

import typing as t

from singer_sdk import Tap, Target
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.contrib.msgspec import MsgSpecWriter, serialize_jsonl
from singer_sdk.contrib.msgspec import encoder as json_encoder
from singer_sdk.helpers._catalog import get_selected_schema, pop_deselected_record_properties
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers._compat import datetime_fromisoformat
from singer_sdk.helpers._state import (
    PROGRESS_MARKERS,
    SIGNPOST_MARKER,
    STARTING_MARKER,
    StateWriter,
)
from singer_sdk.helpers._util import utc_now
from singer_sdk.plugin_base import PluginBase
from singer_sdk.plugin_base import _ConfigInput as ConfigInput
from singer_sdk.streams._state import StreamStateManager

__all__ = [
    "PROGRESS_MARKERS", "SIGNPOST_MARKER", "STARTING_MARKER", "ConfigInput", "MsgSpecWriter",
    "PluginHooks", "StateWriter", "StreamStateManager", "TapHooks", "TargetHooks", "classproperty",
    "datetime_fromisoformat", "get_selected_schema", "json_encoder", "parse_environment_config",
    "pop_deselected_record_properties", "serialize_jsonl", "utc_now",
]  # fmt: skip


class PluginHooks(PluginBase):
    """A plugin whose configuration is checked, and read from the environment, by public methods."""

    def checked_config(self, config: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
        """Return the configuration as the plugin uses it, and one message per wrong setting.

        Args:
            config: The settings as given.
        """
        raise NotImplementedError

    def refuse_config(self, errors: list[str]) -> None:
        """End the program because of wrong settings."""
        raise NotImplementedError

    @classmethod
    def environment_settings(cls) -> dict[str, t.Any]:
        """Return the settings that environment variables hold."""
        raise NotImplementedError

    @classmethod
    def environment_prefix(cls) -> str:
        """Return what the names of the environment variables begin with."""
        return str(cls._env_var_prefix)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self._config, errors = self.checked_config(self._config)
        if errors and raise_errors:
            self.refuse_config(errors)
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, t.Any]:  # noqa: N805
        return cls.environment_settings()


class TapHooks(Tap):
    """A tap whose state writer and signal handlers are its own."""

    def install_signal_handlers(self) -> None:
        """Handle the signals that end a run; called before a sync."""
        raise NotImplementedError

    def use_state_writer(self, writer: StateWriter) -> None:
        """Let the SDK write the first STATE of a run through ``writer``, too."""
        self._state_writer = writer

    def _setup_signal_handlers(self) -> None:
        self.install_signal_handlers()


class TargetHooks(Target):
    """A target that handles each type of message, and signals, by public methods.

    The methods for messages do what the SDK does, unless a target overrides them.
    """

    def install_signal_handlers(self) -> None:
        """Handle the signals that end a run; called before the first message."""
        raise NotImplementedError

    def process_schema(self, message: dict[str, t.Any]) -> None:
        """Process a SCHEMA message."""
        super()._process_schema_message(message)

    def process_record(self, message: dict[str, t.Any]) -> None:
        """Process a RECORD message."""
        super()._process_record_message(message)

    def process_state(self, message: dict[str, t.Any]) -> None:
        """Process a STATE message."""
        super()._process_state_message(message)

    def process_activate_version(self, message: dict[str, t.Any]) -> None:
        """Process an ACTIVATE_VERSION message."""
        super()._process_activate_version_message(message)

    def process_batch(self, message: dict[str, t.Any]) -> None:
        """Process a BATCH message."""
        super()._process_batch_message(message)

    def _setup_signal_handlers(self) -> None:
        self.install_signal_handlers()

    def _process_schema_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_schema(message_dict)

    def _process_record_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_record(message_dict)

    def _process_state_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_state(message_dict)

    def _process_activate_version_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_activate_version(message_dict)

    def _process_batch_message(self, message_dict: dict[str, t.Any]) -> None:
        self.process_batch(message_dict)
