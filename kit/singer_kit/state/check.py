"""Is this a state that we wrote? Whoever edits or generates one learns what is wrong with it.

A value of another type would end in a traceback somewhere in the run, and a bookmark that is no
timestamp, or one of the future, would quietly read nothing.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

from ..errors import ConfigError
from ..times import instant
from .bookmarks import BOOKMARK
from .checkpoint import REPLICATION_KEY, unpack
from .known_keys import unpack_keys
from .writer import without_fractions

# Clocks differ, and so do the time zones in which somebody writes a bookmark by hand.
TOLERANCE = timedelta(days=1)
_PAST = "must be an ISO timestamp that is not in the future by the clock of this machine"
_OTHERWISE = "is not what this tap writes"
_EXPECTED = {BOOKMARK: _PAST, "read_until": _PAST}

Check = t.Callable[[t.Any], bool]


def read_tap_state(state: t.Mapping[str, t.Any], streams: t.Iterable[t.Any]) -> dict[str, t.Any]:
    """Return the state of a tap as it is kept in memory.

    Args:
        state: As it was written, by this version or an older one, with fractions maybe.
        streams: The classes of the streams that there are.

    Raises:
        ConfigError: If a value cannot be one of ours; it names stream and key, and no value.
    """
    limit = datetime.now(timezone.utc) + TOLERANCE
    declared = {each.name: each.replication_key for each in streams}
    # Where a class declares none, it has the SDK's property.
    keys = {name: key if isinstance(key, str) else None for name, key in declared.items()}
    found = {}
    for stream, entry in without_fractions(state.get("bookmarks", {})).items():
        try:
            found[stream] = unpack(entry)
            if stream in keys:
                _check_stream(found[stream], keys[stream], limit)
        except ValueError as error:
            raise _make_error(stream, str(error), keys.get(stream)) from None
    return {"bookmarks": found}


def _make_error(stream: str, name: str, key: str | None) -> ConfigError:
    expected = f"must be '{key}'" if name == REPLICATION_KEY else _EXPECTED.get(name, _OTHERWISE)
    return ConfigError(
        f"The file given with --state: in the state of '{stream}', '{name}' {expected}. "
        f"Mend it, or take the stream out of the state to read it anew."
    )


def _check_stream(state: dict[str, t.Any], key: str | None, limit: datetime) -> None:
    """Check the state of one stream.

    Raises:
        ValueError: If a value is wrong; it says the name of its key.
    """
    checks = {REPLICATION_KEY: lambda value: key in (None, value), **_checks(limit)}
    if key is None:
        # Of a time when the stream had one; nothing looks at it.
        del checks[BOOKMARK]
    for name, check in checks.items():
        if name in state and not check(state[name]):
            raise ValueError(name)


def _checks(limit: datetime) -> dict[str, Check]:
    """Return what each key of a stream's state must be.

    Args:
        limit: No bookmark is later.
    """

    def is_past(value: object) -> bool:
        return _is_time(value) and instant(t.cast("str", value)) <= limit

    position = _is_place(
        ("page", "last"),
        query=_is_text,
        page=_is_mapping_to(_is_text),
        last=_is_text,
        newest=_is_time_or_none,
        latest=_or_none(is_past),
        signal=_or_none(_is_text),
        keys=_is_list_of(_is_keys),
    )
    contexts = _is_place(("done",), query=_is_text, done=_is_text)
    return {
        BOOKMARK: is_past,
        "read_until": is_past,
        "types_until": _is_mapping_to(is_past),
        "round": _is_count,
        "round_open": _is_count,
        "unordered": _is_count,
        "resume": _is_object(at=_is_count, contexts=contexts, list=position),
        "signals": _is_mapping_to(_is_marker),
        "overlap": _is_mapping_to(_is_version),
        "query": _is_object(
            fingerprint=_is_text,
            start_date=_is_time_or_none,
            selection=_is_list_of(_is_text),
            deletions=_is_flag,
        ),
        "known": _is_object(
            query=_is_text, lists=_is_mapping_to(_is_keys), partial=_is_list_of(_is_text)
        ),
        "unsettled": _is_mapping_to(_is_waiting),
        "census": _is_object(known=_is_count, newest=_is_count, behind=_is_flag),
        "nested": lambda value: value == 1 and not isinstance(value, bool),
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_waiting(value: object) -> bool:
    """A count and the day for which it is known; older versions kept the count alone."""
    counts = value if isinstance(value, list) and len(value) == 2 else [value]  # noqa: PLR2004
    return all(_is_count(each) for each in counts)


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        instant(value)
    except (ValueError, OverflowError):
        return False
    return True


def _is_time_or_none(value: object) -> bool:
    return value in (None, "") or _is_time(value)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_marker(value: object) -> bool:
    """Tell whether a value is [marker, day, newest]; the day is negative for none."""
    match value:
        case [str(), int() as day, newest]:
            return not isinstance(day, bool) and _is_time_or_none(newest)
    return False


def _is_version(value: object) -> bool:
    """Tell whether a value is a timestamp and a checksum."""
    return isinstance(value, str) and _is_time(value.rpartition(" ")[0])


def _is_keys(value: object) -> bool:
    """Tell whether a value stands for the keys of a list."""
    if not isinstance(value, str):
        return False
    try:
        unpack_keys(value)
    except ValueError:
        return False
    return True


def _is_list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _is_mapping_to(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _is_object(**checks: Check) -> Check:
    """Return a check of objects whose keys, where they are present, pass theirs."""
    return lambda value: (
        isinstance(value, dict)
        and all(check(value[name]) for name, check in checks.items() if name in value)
    )


def _is_place(required: tuple[str, ...], **checks: Check) -> Check:
    """Return a check of objects that say where in a query it was; the query is empty for none."""
    is_object = _is_object(**checks)
    return lambda value: (
        is_object(value) and (not value.get("query") or all(name in value for name in required))
    )
