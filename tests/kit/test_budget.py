"""The budget: the server never sees more than a window allows, and what it says is learned."""

from __future__ import annotations

import email.utils
import random
import threading
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest

from singer_kit.errors import BudgetError, ConfigError
from singer_kit.http.budget import Budget, Window
from singer_kit.http.budget_file import BudgetFile
from singer_kit.http.headers import retry_after
from singer_kit.http.shared_budget import SharedBudget
from tests.kit.scripted_server import Call, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.kit.client import NewClient


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def most_in_any_window(times: list[float], seconds: float) -> int:
    """Return the largest number of arrivals within any window of a length."""
    times = sorted(times)
    return max(sum(1 for at in times if start <= at < start + seconds) for start in times)


def use(budget: Budget, count: int = 1) -> None:
    for _ in range(count):
        with budget.slot(lambda: False):
            pass


def frozen(*windows: Window, max_wait: float = 0.0) -> tuple[Budget, Clock]:
    """Return a budget that raises instead of waiting, and its clock."""
    clock = Clock()
    return Budget(windows, max_wait=max_wait, clock=clock), clock


def wait_of(budget: Budget) -> float:
    """Return how long the next request would wait."""
    try:
        use(budget)
    except BudgetError as error:
        return float(str(error).split("wait ")[1].split(" s")[0])
    return 0.0


# At a real server


def test_no_window_is_ever_exceeded_at_a_jittering_server(
    server: ScriptedServer, client: NewClient
) -> None:
    jitter = random.Random(7)

    def app(_: Call) -> Reply:
        return Reply([], delay=jitter.choice([0.0, 0.0, 0.02, 0.1]))

    server.app = app
    windows = [Window(6, 0.2), Window(14, 0.5)]
    hurried = client(windows=windows)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hurried.get, [f"/things/{number}" for number in range(48)]))
    times = [call.at for call in server.calls]
    assert len(times) == 48
    for window in windows:
        assert most_in_any_window(times, window.seconds) <= window.requests


def test_a_server_with_the_same_limits_refuses_nothing(
    server: ScriptedServer, client: NewClient
) -> None:
    limit, seconds = 5, 0.25
    jitter = random.Random(3)

    def app(call: Call) -> Reply:
        times = [other.at for other in server.calls if call.at - seconds < other.at <= call.at]
        refused = len(times) > limit
        return Reply([], 429 if refused else 200, delay=jitter.random() * 0.1)

    server.app = app
    hurried = client(windows=[Window(limit, seconds)])
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hurried.get, [f"/things/{number}" for number in range(30)]))
    assert hurried.summary.as_dict(hurried.budget)["refused"] == 0
    assert len(server.calls) == 30


# Without a server


def test_one_refusal_that_hits_all_threads_counts_once() -> None:
    """Eight 429s at the same moment are one event: not a wait for the longest window."""
    budget, clock = frozen(Window(20, 1), Window(100, 3600))
    for _ in range(8):
        budget.note_refusal(None)
    assert wait_of(budget) == 1
    clock.now += 1
    assert budget.left()["100/3600s"] == 90


def test_a_slot_is_free_one_window_after_the_response_was_complete() -> None:
    budget, clock = frozen(Window(1, 10))
    with budget.slot(lambda: False):
        clock.now += 4
    clock.now += 9
    assert wait_of(budget) == 1
    clock.now += 1
    assert wait_of(budget) == 0


def test_the_slowest_window_decides() -> None:
    budget, clock = frozen(Window(2, 1), Window(3, 60))
    use(budget, 2)
    clock.now += 1
    use(budget)
    assert wait_of(budget) == 59


def test_no_window_means_no_limit() -> None:
    budget, _ = frozen()
    use(budget, 1000)
    budget.learn({"X-RateLimit-Remaining": "0"})
    assert wait_of(budget) == 0


def test_waiting_longer_than_max_wait_is_an_error_in_one_line() -> None:
    budget, _ = frozen(Window(1, 3600), max_wait=60)
    use(budget)
    with pytest.raises(BudgetError, match=r"would wait 3600 s, more than max_wait \(60 s\)"):
        use(budget)


def test_a_stop_ends_the_waiting() -> None:
    budget = Budget([Window(1, 3600)], max_wait=4000)
    use(budget)
    stop = threading.Event()
    waiting = threading.Thread(target=lambda: budget.slot(stop.is_set).__enter__(), daemon=True)
    waiting.start()
    stop.set()
    waiting.join(timeout=20)
    assert not waiting.is_alive()


def test_time_is_counted_once_however_many_threads_wait() -> None:
    budget = Budget([Window(1, 0.4)], max_wait=10)
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: use(budget), range(3)))
    assert 0 < budget.seconds_waited <= time.monotonic() - started


def test_what_is_left_is_told_per_window() -> None:
    budget, _ = frozen(Window(10, 1), Window(500, 3600))
    use(budget, 3)
    assert budget.left() == {"10/1s": 7, "500/3600s": 497}


# Learning from the server


NOW = 1_800_000_000
DATE = email.utils.formatdate(NOW, usegmt=True)


@pytest.mark.parametrize("reset", ["30", str(NOW + 30)], ids=["duration", "epoch"])
def test_requests_of_others_are_learned_until_the_reset(reset: str) -> None:
    budget, clock = frozen(Window(100, 60))
    use(budget)
    headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    budget.learn({**headers, "Date": DATE})
    assert budget.left() == {"100/60s": 0}
    assert wait_of(budget) == 30
    clock.now += 30
    assert budget.left() == {"100/60s": 99}


def test_an_epoch_is_held_against_the_servers_own_clock(
    server: ScriptedServer, client: NewClient
) -> None:
    """The server's clock is a day behind; the reset is still in 20 seconds."""
    now = time.time() - 86_400
    headers = {
        "Date": email.utils.formatdate(now, usegmt=True),
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(now) + 20),
    }
    server.app = lambda _: Reply([], headers=headers)
    other = client(windows=[Window(100, 3600)], max_wait=0)
    other.get("/things")
    with pytest.raises(BudgetError, match=r"would wait (19|20|21) s"):
        other.get("/things")


def test_the_window_is_found_by_its_limit() -> None:
    budget, _ = frozen(Window(10, 1), Window(500, 3600))
    budget.learn({"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "100"})
    assert budget.left() == {"10/1s": 10, "500/3600s": 100}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "-5", "X-RateLimit-Reset": "-100"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999999"},
        {"X-RateLimit-Remaining": "nan", "X-RateLimit-Reset": "nan", "X-RateLimit-Limit": "nan"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "inf", "X-RateLimit-Limit": "inf"},
        {"X-RateLimit-Remaining": "inf", "X-RateLimit-Limit": "-inf"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "nan"},
        {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "soon", "X-RateLimit-Limit": ""},
        {"X-RateLimit-Remaining": "1e300", "X-RateLimit-Limit": "-1"},
    ],
)
def test_nonsense_blocks_no_longer_than_the_window(headers: Mapping[str, str]) -> None:
    budget, clock = frozen(Window(10, 60))
    use(budget)
    budget.learn({**headers, "Date": DATE})
    assert 0 <= budget.left()["10/60s"] <= 9
    assert 0 <= wait_of(budget) <= 60
    clock.now += 60.001
    assert budget.left()["10/60s"] >= 9


# Refusals


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_nobody_sends_before_retry_after_is_over(
    server: ScriptedServer, client: NewClient, form: str
) -> None:
    now = int(time.time())
    value = "20" if form == "seconds" else email.utils.formatdate(now + 20, usegmt=True)
    date = email.utils.formatdate(now, usegmt=True)
    server.app = lambda _: Reply(status=429, headers={"Retry-After": value, "Date": date})
    with pytest.raises(BudgetError, match=r"would wait (19|20) s"):
        client(windows=[Window(100, 1)], max_wait=1).get("/things")
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.5", "Wed, 99 Foo 2020 00:00:00", "²", "Thu, 01 Jan 1970 00:00"]
)
def test_an_odd_retry_after_is_survived(
    server: ScriptedServer, client: NewClient, value: str
) -> None:
    refusal = Reply(status=429, headers={"Retry-After": value})
    server.app = lambda call: refusal if call.nth == 1 else [{"id": 1}]
    answer = client(windows=[Window(100, 0.1)]).get("/things")
    assert answer.data == [{"id": 1}]


def test_a_wait_of_years_is_one_of_a_day() -> None:
    assert retry_after({"Retry-After": "99999999999"}) == 86_400
    assert retry_after({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": DATE}) == 86_400


def test_refusals_without_a_wait_are_waited_out_longer_each_time() -> None:
    budget, clock = frozen()
    waits = []
    for _ in range(10):
        budget.note_refusal(0.0)
        waits.append(wait_of(budget))
        clock.now += waits[-1]
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_without_retry_after_the_shortest_window_is_waited_then_a_longer_one() -> None:
    budget, clock = frozen(Window(10, 1), Window(500, 3600))
    budget.note_refusal(None)
    assert wait_of(budget) == 1
    clock.now += 1
    budget.note_refusal(None)
    assert wait_of(budget) == 3600


def test_a_refusal_makes_it_more_careful_in_every_window() -> None:
    budget, clock = frozen(Window(10, 1), Window(500, 3600))
    budget.note_refusal(1.0)
    clock.now += 1
    assert budget.left() == {"10/1s": 9, "500/3600s": 450}
    use(budget, 9)
    assert wait_of(budget) > 0


def test_an_answer_ends_the_row_of_refusals() -> None:
    budget, clock = frozen(Window(10, 1), Window(500, 3600))
    budget.note_refusal(None)
    clock.now += 1
    budget.note_success()
    budget.note_refusal(None)
    assert wait_of(budget) == 1


# The setting


def test_windows_come_from_the_setting() -> None:
    setting = [{"requests": 10, "seconds": 1}, {"requests": 500, "seconds": 3600}]
    assert Window.from_setting(setting) == [Window(10, 1), Window(500, 3600)]


@pytest.mark.parametrize(("requests", "seconds"), [(0, 1), (-1, 1), (5, 0), (5, -1)])
def test_a_window_that_never_opens_is_a_wrong_setting(requests: int, seconds: float) -> None:
    with pytest.raises(ConfigError, match="'rate_limits'"):
        Window.from_setting([{"requests": requests, "seconds": seconds}])


@pytest.mark.parametrize(("remaining", "left"), [(200, 100), (100, 100), (40, 40), (0, 0)])
def test_what_others_use_only_counts_beyond_our_smaller_limit(remaining: int, left: int) -> None:
    budget, _ = frozen(Window(100, 3600))
    headers = {"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": str(remaining)}
    budget.learn(headers)
    assert budget.left() == {"100/3600s": left}


def test_requests_of_another_process_count_once(tmp_path: Path) -> None:
    one, other = (
        SharedBudget(BudgetFile(str(tmp_path / "budget.db"), [Window(500, 3600)]), max_wait=0)
        for _ in "12"
    )
    with one.slot(lambda: False):
        for _ in range(50):
            use(other)
        one.learn({"X-RateLimit-Limit": "500", "X-RateLimit-Remaining": "449"})
    use(other)
    assert other.left() == {"500/3600s": 448}


def test_the_longest_wait_that_any_process_was_told_holds_for_all(tmp_path: Path) -> None:
    path, windows = str(tmp_path / "budget.db"), [Window(500, 3600)]
    one, other = (SharedBudget(BudgetFile(path, windows), max_wait=0) for _ in "12")
    other.note_refusal(3000)
    one.note_refusal(1)
    assert wait_of(SharedBudget(BudgetFile(path, windows), max_wait=0)) > 2000
