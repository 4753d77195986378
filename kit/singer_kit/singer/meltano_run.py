"""Two runs of one Meltano plugin at the same time, which could read each other's catalog and state.

`meltano run` keeps both in a folder by the plugin's name, under the same file names in each run. It
writes them right before it starts the tap: the catalog first as it was discovered, then with what
is selected. Meanwhile another run may find one that is empty, not yet selected from, or removed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ConfigError
from .selection import find_meltano_selection

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CATALOG = "tap.properties.json"
_LOG_CONFIG = "tap.singer_sdk_logging.json"
# A run that was killed leaves a tap behind that ends when it notices.
_PATIENCE = 5.0
# An empty catalog that is older is not one that another run is about to write.
_FRESH = 60.0
_ADVICE = "Give each job a plugin of its own (inherit_from), or run one after the other."

Object = t.Mapping[str, t.Any]


class MeltanoRun:
    """The run of Meltano that has started this tap, or none.

    Args:
        environment: Environment variables.
        catalog_path: The file given with ``--catalog``, if one is.
    """

    def __init__(self, environment: Mapping[str, str], catalog_path: str | None) -> None:
        """Look at nothing yet."""
        self._environment = environment
        self._plugin = environment.get("MELTANO_EXTRACTOR_NAME", "")
        # With a catalog of the user's own Meltano selects nothing.
        self._selects = not environment.get("MELTANO_EXTRACT__CATALOG")
        log_config = Path(environment.get("SINGER_SDK_LOG_CONFIG", ""))
        self._folder = log_config.parent if log_config.name == _LOG_CONFIG else None
        if catalog_path and self._folder and Path(catalog_path) != self._folder / _CATALOG:
            self._folder = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the one run of the plugin that reads data, as long as the context lasts.

        Raises:
            ConfigError: Another one is under way.
        """
        if not self._plugin or self._folder is None:
            yield
            return
        try:
            # The folder itself: nothing is left behind, and the lock ends with the process.
            lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            yield
            return
        try:
            if not _locked(lock):
                raise ConfigError(
                    f"Another run of the Meltano plugin '{self._plugin}' is under way, and has the "
                    f"same files for catalog and state. {_ADVICE}"
                )
            yield
        finally:
            os.close(lock)

    def check_catalog(self, catalog: Object | None, tap: t.Any) -> None:  # noqa: ANN401 - a class
        """Check that the catalog is one that Meltano has selected from.

        Args:
            catalog: What was given with ``--catalog``; None if nothing was.
            tap: The tap's class.

        Raises:
            ConfigError: Another run has overwritten or removed it.
        """
        if not self._plugin or self._folder is None or not self._selects:
            return
        if _is_discovered(catalog) if catalog else _is_being_written(self._folder / _CATALOG):
            raise ConfigError(
                f"The catalog of the Meltano plugin '{self._plugin}' was just overwritten by "
                f"another run of it. {_ADVICE}"
            )
        if catalog is None and _selects_others(self._environment, tap):
            raise ConfigError(
                f"Meltano selects streams of the plugin '{self._plugin}', but gives no catalog: "
                f"another run has removed it, or the plugin lacks the capability 'catalog'. "
                f"{_ADVICE}"
            )


def _locked(lock: int) -> bool:
    """Lock a folder; wait a while for it. Where folders cannot be locked, it counts as done."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno != errno.EWOULDBLOCK:
                return True
        else:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.1)


def _is_discovered(catalog: Object) -> bool:
    """Tell whether nothing was selected: Meltano's rules mark each field, discovery none."""
    streams = catalog.get("streams")
    if not isinstance(streams, list) or not streams:
        return False
    # Whatever is wrong with its form is told by another check.
    with suppress(AttributeError, KeyError, TypeError):
        return not any(
            "selected" in entry["metadata"]
            for stream in streams
            for entry in stream["metadata"]
            if entry["breadcrumb"]
        )
    return False


def _is_being_written(path: Path) -> bool:
    """Tell whether Meltano has found an empty catalog, and handed over none for that."""
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_size == 0 and time.time() - status.st_mtime < _FRESH


def _selects_others(environment: Mapping[str, str], tap: t.Any) -> bool:  # noqa: ANN401 - a class
    """Tell whether other streams are selected than are read without a catalog.

    All of them is what Meltano selects of a plugin for which nothing is said.
    """
    every = {str(each.name) for each in tap.stream_types}
    default = {str(each.name) for each in tap.stream_types if each.selected_by_default}
    return find_meltano_selection(tap.name, every, environment) not in (None, every, default)
