"""A delivered lead whose change waits: what the source says after that counts."""

from __future__ import annotations

import typing as t

import pytest

from tests.target_miimosa_leads.support import (
    FIRST,
    SCHEMA,
    SECOND,
    THIRD,
    Workplace,
    come,
    lead,
    record,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable

PLANNED, REJECTED = 401, 400


@pytest.fixture
def delivered(work: Workplace) -> Workplace:
    """A journal with one lead that was delivered; what changes is sent."""
    work.settings["on_changed"] = "send"
    assert work.run(come(FIRST)).code == 0
    return work


@pytest.mark.parametrize("status", [PLANNED, REJECTED])
def test_a_change_that_was_taken_back_waits_no_more(
    delivered: Workplace,
    fault: Callable[..., None],
    phones: Callable[[], list[str]],
    status: int,
) -> None:
    fault("status", status=status)
    assert delivered.run(come(SECOND)).code in {5, 3}
    assert delivered.run(come(FIRST)).code == 0
    assert delivered.statuses() == ["acknowledged"]
    assert delivered.dead_letters() == []
    assert delivered.journal("replay").code == 0
    assert "Every lead is delivered" in delivered.run([SCHEMA]).last_line
    assert delivered.run(come(FIRST)).summary["skipped"] == 1
    assert phones() == [FIRST]
    left = b"".join(path.read_bytes() for path in delivered.folder.glob("journal.db*"))
    assert SECOND.encode() not in left


@pytest.mark.parametrize("status", [PLANNED, REJECTED])
def test_newer_content_that_is_wrong_outlives_what_waited(
    delivered: Workplace,
    fault: Callable[..., None],
    phones: Callable[[], list[str]],
    status: int,
) -> None:
    fault("status", status=status)
    delivered.run(come(SECOND))
    assert delivered.run(come(None)).code == 3
    assert delivered.statuses() == ["acknowledged"]
    assert delivered.journal("replay").code == 0
    assert "1 lead rejected" in delivered.run([SCHEMA]).last_line
    [dead] = delivered.dead_letters()
    assert "phone is missing" in dead["_sdc_dead_letter_reason"]
    assert phones() == [FIRST]
    mended = delivered.dead_letter.read_text().replace('"email":', f'"phone":"{THIRD}","email":')
    delivered.dead_letter.write_text(mended)
    assert delivered.run_file(delivered.dead_letter).code == 0
    assert phones() == [FIRST, THIRD]
    assert delivered.dead_letters() == []


@pytest.mark.parametrize(("newer", "code", "waits"), [(FIRST, 0, 0), (None, 3, 1)])
def test_with_on_unknown_retry_a_change_in_doubt_waits_no_more(
    delivered: Workplace,
    fault: Callable[..., None],
    posts: Callable[[], int],
    newer: str | None,
    code: int,
    waits: int,
) -> None:
    fault("status", status=500, times=4)
    assert delivered.run(come(SECOND)).code == 4
    # It is sent again, in vain, before the newer content is read.
    assert delivered.run(come(newer), on_unknown="retry").code == code
    before = posts()
    assert delivered.statuses() == ["acknowledged"]
    assert len(delivered.dead_letters()) == waits
    assert delivered.run(come(FIRST), on_unknown="retry").summary["skipped"] == 1
    assert posts() == before


def test_a_change_of_another_row_that_is_the_same_lead_goes_on_waiting(
    delivered: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    delivered.settings["lead_key"] = ["email"]
    first, other = record(lead(2, phone=FIRST)), record(lead(2, id=9, phone=SECOND))
    assert delivered.run([SCHEMA, first]).code == 0
    fault("status", status=PLANNED)
    assert delivered.run([SCHEMA, other]).code == 5
    assert delivered.run([SCHEMA, first]).summary["skipped"] == 1
    assert delivered.journal("replay").code == 0
    assert phones()[-1] == SECOND


def test_a_change_that_the_api_refused_is_not_sent_again_unchanged(
    delivered: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=REJECTED)
    assert delivered.run(come(SECOND)).code == 3
    before = posts()
    assert delivered.run(come(SECOND)).code == 3
    assert delivered.run(come(SECOND), on_changed="reject").code == 3
    assert delivered.run(come(SECOND)).code == 3
    assert posts() == before
    assert delivered.statuses() == ["rejected"]


def test_what_is_fed_in_from_the_dead_letter_is_not_newer_than_a_change_that_waits(
    delivered: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    assert delivered.run(come(None)).code == 3
    fault("status", status=PLANNED)
    assert delivered.run(come(SECOND)).code == 5
    assert delivered.run_file(delivered.dead_letter).code == 3
    assert delivered.journal("replay").code == 0
    assert phones() == [FIRST, SECOND]
    assert delivered.dead_letters() == []


def test_a_change_that_waits_is_not_sent_once_on_changed_rejects_it(
    delivered: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    fault("status", status=PLANNED)
    delivered.run(come(SECOND))
    assert delivered.run(come(SECOND), on_changed="reject").code == 3
    delivered.journal("replay", on_changed="reject")
    assert phones() == [FIRST]
    assert [dead["phone"] for dead in delivered.dead_letters()] == [SECOND]
