"""Budgets against a model of a sliding window: whatever happens, no window is ever exceeded."""

from __future__ import annotations

import contextlib
import tempfile
import typing as t
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from singer_kit.errors import BudgetError
from singer_kit.http.budget import Budget, Window
from singer_kit.http.budget_file import BudgetFile
from singer_kit.http.shared_budget import SharedBudget

WINDOWS = st.lists(
    st.builds(Window, st.integers(1, 6), st.sampled_from([1, 5, 30])), min_size=1, max_size=2
)
# Which process acts, what it does, and how much time passes before.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["begin", "begin", "end", "end first", "refused"]),
        st.sampled_from([0.0, 0.1, 0.9, 4.0, 29.0]),
    ),
    max_size=40,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Model:
    """When requests were sent and complete, by the clock of a server that sees everything."""

    def __init__(self, budgets: list[Budget], clock: Clock) -> None:
        self.budgets = budgets
        self.clock = clock
        self.open: list[tuple[contextlib.ExitStack, float, Budget]] = []
        # From its sending to its end, a server may count a request at any time.
        self.spans: list[tuple[float, float]] = []
        # Of processes that were killed: nobody leaves them.
        self.left_open: list[contextlib.ExitStack] = []

    def kill(self, which: int, successor: Budget) -> None:
        """Let another process take the place of one that leaves its requests open."""
        killed = self.budgets[which]
        for each in [each for each in self.open if each[2] is killed]:
            self.open.remove(each)
            self.left_open.append(each[0])
            # What was on its way has arrived by now.
            self.spans.append((each[1], self.clock.now))
        self.budgets[which] = successor

    def act(self, which: int, what: str) -> None:
        budget = self.budgets[which % len(self.budgets)]
        if what == "refused":
            budget.note_refusal(0.5)
        elif what == "begin":
            stack = contextlib.ExitStack()
            # A thread that may not send now waits; here, it gives up.
            with contextlib.suppress(BudgetError):
                stack.enter_context(budget.slot(lambda: False))
                self.open.append((stack, self.clock.now, budget))
        elif self.open:
            stack, sent, _ = self.open.pop(0 if what == "end first" else -1)
            stack.close()
            self.spans.append((sent, self.clock.now))

    def check(self, windows: t.Iterable[Window]) -> None:
        spans = [*self.spans, *((sent, self.clock.now) for _, sent, _ in self.open)]
        for window in windows:
            for _, ended in spans:
                # As many as the server could have counted within one window that begins here.
                after = ended - window.seconds
                counted = sum(1 for sent, end in spans if sent <= ended and end > after)
                assert counted <= window.requests, (window, spans)


def run_model(budgets: list[Budget], windows: list[Window], clock: Clock, steps: t.Any) -> None:  # noqa: ANN401
    model = Model(budgets, clock)
    most = min(window.requests for window in windows)
    try:
        for which, what, pause in steps:
            clock.now += pause
            # Nobody answers those that are under way, so that another one would wait for ever; and
            # a refusal makes limits tighter.
            most = 1 if what == "refused" else most
            if what != "begin" or len(model.open) < most:
                model.act(which, what)
                model.check(windows)
    finally:
        for stack, _, _ in model.open:
            stack.close()


@given(WINDOWS, STEPS)
def test_no_window_of_a_run_is_exceeded(windows: list[Window], steps: t.Any) -> None:  # noqa: ANN401
    clock = Clock()
    run_model([Budget(windows, max_wait=0, clock=clock)], windows, clock, steps)


@given(WINDOWS, WINDOWS, STEPS)
@settings(max_examples=30)
def test_no_window_of_two_processes_is_exceeded(
    one: list[Window],
    other: list[Window],
    steps: t.Any,  # noqa: ANN401
) -> None:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "budget.db")
        budgets: list[Budget] = [
            SharedBudget(BudgetFile(path, windows, clock=clock), max_wait=0)
            for windows in (one, other)
        ]
        run_model(budgets, [*one, *other], clock, steps)
