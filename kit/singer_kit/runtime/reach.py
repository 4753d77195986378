"""Whether a run reached anything: a wrong address or a wrong id must not look like an empty API."""

from __future__ import annotations

from ..errors import ConfigError, DeniedError

_ABSENT = {404, 410}
_DENIED = {403, *_ABSENT}


class Reach:
    """What answered and what was denied, in one run.

    Attributes:
        read: Whether any list or record could be read.
    """

    def __init__(self) -> None:
        """Start with nothing asked."""
        self.read = False
        self._statuses: set[int] = set()
        self._present: set[str] = set()
        self._absent: set[str] = set()

    def note_read(self, setting: str | None = None) -> None:
        """Note that something was read.

        Args:
            setting: Name of the setting that holds its id, if there is one.
        """
        self.read = True
        self.note_present(setting)

    def note_present(self, setting: str | None) -> None:
        """Note that the API knows an id of a setting, None if it is from no setting."""
        if setting:
            self._present.add(setting)

    def note_denied(self, error: DeniedError, setting: str | None = None) -> None:
        """Note a denial.

        Args:
            error: The denial.
            setting: Name of the setting that holds the id of what was denied, if there is one.
        """
        if error.status is not None:
            self._statuses.add(error.status)
        if setting and error.status in _ABSENT:
            self._absent.add(setting)

    def check(self, address: str) -> None:
        """Check that something could be read, and something of each setting that holds ids.

        Args:
            address: Name of the setting that holds the address of the API.

        Raises:
            ConfigError: If the API knows nothing of what was asked.
            DeniedError: If the credentials may read nothing of it.
        """
        missing = sorted(self._absent - self._present)
        statuses = ", ".join(map(str, sorted(self._statuses)))
        if self.read or not self._statuses:
            if missing:
                names = " and ".join(f"'{name}'" for name in missing)
                raise ConfigError(f"The API knows nothing of what is set in {names}: check it.")
            return
        if not self._statuses <= _DENIED:
            # Of a 401 it is known whether the credentials work: see ApiTap.check_credentials.
            return
        if self._statuses <= _ABSENT:
            names = " and ".join(f"'{name}'" for name in [*missing, address])
            raise ConfigError(f"Nothing could be read (only {statuses}): check {names}.")
        raise DeniedError(
            f"Nothing could be read (only {statuses}): the credentials may read nothing of what is "
            f"selected, or the setting '{address}' is wrong."
        )
