"""What happens to leads that come again, changed or in doubt."""

from __future__ import annotations

import typing as t

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record, state

if t.TYPE_CHECKING:
    from collections.abc import Callable


def test_an_identical_second_run_sends_nothing(
    work: Workplace, posts: Callable[[], int], arrived: Callable[[], dict[str, int]]
) -> None:
    numbers = range(1, 31)
    assert work.run(leads(*numbers)).code == 0
    assert posts() == 30
    again = work.run(leads(*numbers))
    assert again.code == 0
    assert posts() == 30
    assert again.summary["skipped"] == 30
    assert again.states[-1] == {"bookmark": 30}
    assert set(arrived().values()) == {1}


def test_a_changed_lead_is_rejected_by_default(work: Workplace, posts: Callable[[], int]) -> None:
    assert work.run(leads(1)).code == 0
    result = work.run([SCHEMA, record(lead(1, city="Angers")), state(2)])
    assert result.code == 3
    assert posts() == 1
    assert work.statuses() == ["acknowledged"]
    [dead] = work.dead_letters()
    assert dead["city"] == "Angers"
    assert "on_changed" in dead["_sdc_dead_letter_reason"]


def test_a_changed_lead_is_sent_if_on_changed_says_so(
    work: Workplace, posts: Callable[[], int]
) -> None:
    changed = [SCHEMA, record(lead(1, city="Angers"))]
    assert work.run(leads(1)).code == 0
    assert work.run(changed, on_changed="send").code == 0
    assert posts() == 2
    assert work.run(changed, on_changed="send").summary["skipped"] == 1
    assert posts() == 2


def test_an_unknown_lead_is_held_or_retried(
    work: Workplace,
    fault: Callable[..., None],
    posts: Callable[[], int],
    arrived: Callable[[], dict[str, int]],
) -> None:
    fault("reset_before")
    assert work.run(leads(1)).code == 4
    held = work.run(leads(1))
    assert held.code == 4
    assert posts() == 1
    retried = work.run([SCHEMA], on_unknown="retry")
    assert retried.code == 0, retried.err
    assert list(arrived().values()) == [1]


def test_an_unknown_lead_makes_later_runs_fail_until_it_is_resolved(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("reset_after")
    work.run(leads(1))
    assert work.run(leads(2)).code == 4
    assert work.journal("resolve", "1", "--delivered").code == 0
    assert work.run(leads(1, 2, 3)).code == 0
