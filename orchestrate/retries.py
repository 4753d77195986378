"""What a failed run is worth: tried again, when, or left to a person, by its exit code.

The codes are those of the taps (docs/troubleshooting.md) and of target-miimosa-leads (its README).
"""

from __future__ import annotations

import typing as t

import dagster as dg

if t.TYPE_CHECKING:
    from orchestrate.runs import Outcome


class Retry(t.NamedTuple):
    """How often a run is tried again, and how many seconds later."""

    times: int
    seconds: float


RETRIES: dict[int | None, Retry] = {
    # The API, the network, a file: it may pass.
    1: Retry(2, 300),
    # target-miimosa-leads could not reach the API, or failed again and again: later.
    6: Retry(4, 1800),
    # Ended by a signal: the state is that of the last row.
    143: Retry(2, 30),
    # No plugin told a code: Meltano failed, the loader did, or something was killed.
    None: Retry(1, 300),
}
NEVER = {
    2: "a setting, catalog or state is wrong",
    3: "more leads were rejected than allowed; mend the dead letter",
    4: "nobody knows whether some leads arrived; ask, then resolve",
    5: "the API refuses everything; check key and address",
    7: "the journal cannot be used",
}
"""Codes that only a person can do something about, and what."""


def raise_failure(outcome: Outcome) -> t.NoReturn:
    """End an asset whose run has failed.

    Args:
        outcome: What the run did.

    Raises:
        dagster.Failure: Only a person can help.
        dagster.RetryRequested: It may pass.
    """
    text = outcome.error or "Meltano failed; see its output."
    metadata = outcome.metadata()
    if outcome.code in NEVER:
        description = f"{text} (exit code {outcome.code}: {NEVER[outcome.code]})"
        raise dg.Failure(description, metadata=metadata, allow_retries=False)
    retry = RETRIES.get(outcome.code, RETRIES[None])
    failure = dg.Failure(f"{text} (exit code {outcome.code})", metadata=metadata)
    raise dg.RetryRequested(retry.times, retry.seconds) from failure
