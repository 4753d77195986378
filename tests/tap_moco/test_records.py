"""Every stream, record for record: first in full, then only what changed."""

from __future__ import annotations

import typing as t

from tap_moco.kinds import ChildStream, RunTimestampStream
from tap_moco.streams import STREAMS
from tests.harness.run import Record, make_key, unpack_extra
from tests.tap_moco.support import (
    advance,
    assert_same_rows,
    config_for,
    run_tap,
    same,
    select,
    world,
)

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

# They change without their parents, so all parents are read for them.
EVERY_RUN = ("project_reports", "user_performance_reports")


def changed(before: list[Record], after: list[Record], names: list[str]) -> set[tuple[str, ...]]:
    """Return the keys of rows that are new, or differ from what they were."""
    old = {make_key(row, names): row for row in before}
    return {
        key
        for row in after
        if not same(old.get(key := make_key(row, names)), row) or key not in old
    }


def test_all_streams_come_in_full_and_then_only_what_changed(box: RunningSandbox) -> None:
    config = config_for(box)
    catalog = select(without=EVERY_RUN)
    names = [stream.name for stream in STREAMS if stream.name not in EVERY_RUN]

    first = run_tap(config, catalog=catalog)

    for name in names:
        assert_same_rows(first, box, name)
    before = {name: world(box, name) for name in names}
    advance(box)
    second = run_tap(config, catalog=catalog, state=first.state)

    for stream in STREAMS:
        if stream.name in EVERY_RUN:
            continue
        keys = list(stream.primary_keys)
        after = world(box, stream.name)
        expected = changed(before[stream.name], after, keys)
        got = second.keyed(stream.name) if second.records[stream.name] else {}
        now = {make_key(row, keys): row for row in after}
        assert all(same(unpack_extra(row), now[key]) for key, row in got.items()), stream.name
        if issubclass(stream, ChildStream):
            assert stream.parent_stream_type is not None
            parents = {row["id"] for row in second.records[stream.parent_stream_type.name]}
            parent_key = next(iter(stream.parent_stream_type.child_parameters))
            assert expected <= got.keys(), stream.name
            if parent_key in keys:
                assert {row[parent_key] for row in got.values()} <= parents, stream.name
        elif issubclass(stream, RunTimestampStream):
            assert expected <= got.keys() < now.keys(), stream.name
        elif stream.replication_key:
            assert got.keys() == expected, stream.name
        else:
            assert got.keys() == now.keys(), stream.name
    assert sum(map(len, second.records.values())) < sum(map(len, first.records.values())) / 2


def test_reports_on_every_parent_are_read_for_all_parents_in_every_run(
    box: RunningSandbox,
) -> None:
    config = config_for(box)
    catalog = select(*EVERY_RUN)
    first = run_tap(config, catalog=catalog)
    advance(box)

    second = run_tap(config, catalog=catalog, state=first.state)

    for name in EVERY_RUN:
        assert_same_rows(second, box, name)
    assert set(second.records) == set(EVERY_RUN)


def test_nothing_new_means_no_records_of_incremental_streams(box: RunningSandbox) -> None:
    config = config_for(box)
    first = run_tap(config)

    second = run_tap(config, state=first.state)

    incremental = {s.name for s in STREAMS if s.replication_key and s.selected_by_default}
    assert not incremental & second.records.keys()


def test_a_year_that_was_asked_for_is_the_year_that_comes(box: RunningSandbox) -> None:
    year = box.world.now.year

    run = run_tap(config_for(box, report_years=[year - 1]), catalog=select("report_absences"))

    assert {row["year"] for row in run.records["report_absences"]} == {year - 1}
    assert len(run.records["report_absences"]) == len(box.world.moco.tables["users"])
