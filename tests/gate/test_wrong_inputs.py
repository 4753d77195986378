"""Each wrong input ends each program that it fits before its first request: exit 2, one line."""

from __future__ import annotations

import typing as t

import pytest

from tests.gate import wrong_inputs as table
from tests.gate.programs import CONFIGS, call

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.run import Run


def spread(rows: table.Table) -> list[t.Any]:
    """Return a test case per row and program."""
    return [
        pytest.param(program, given, words, id=f"{program}: {given}"[:100])
        for programs, given, words in rows
        for program in ([programs] if isinstance(programs, str) else programs)
    ]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(run: Run, words: str) -> None:
    lines = [line for line in run.log.splitlines() if line.strip()]
    assert run.code == 2, run.log
    assert len(lines) == 1, run.log
    assert words in lines[0]
    assert "k3y" not in run.log
    assert run.out == ""


@pytest.mark.parametrize(("program", "given", "words"), spread(table.SETTINGS))
def test_settings(program: str, given: dict[str, t.Any], words: str, tmp_path: Path) -> None:
    check(call(program, tmp_path, config=CONFIGS[program] | given), words)


@pytest.mark.parametrize(("program", "given", "words"), spread(table.STREAM_MAPS))
def test_stream_maps(program: str, given: object, words: str, tmp_path: Path) -> None:
    config = CONFIGS[program] | {"stream_maps": given}
    check(call(program, tmp_path, config=config), words)


@pytest.mark.parametrize(("program", "given", "words"), spread(table.CATALOGS))
def test_catalogs(program: str, given: object, words: str, tmp_path: Path) -> None:
    check(call(program, tmp_path, config=CONFIGS[program], catalog=given), words)


@pytest.mark.parametrize(("program", "given", "words"), spread(table.STATES))
def test_states(program: str, given: object, words: str, tmp_path: Path) -> None:
    check(call(program, tmp_path, config=CONFIGS[program], state=given), words)


@pytest.mark.parametrize(("program", "given", "words"), spread(table.VARIABLES))
def test_environment_variables(
    program: str, given: dict[str, str], words: str, tmp_path: Path
) -> None:
    prefix = f"{program.upper().replace('-', '_')}_"
    environment = {f"{prefix}{name}": value for name, value in given.items()}
    config = {name: v for name, v in CONFIGS[program].items() if prefix + name.upper() not in given}
    expected = words.replace("({}", f"(environment variable {prefix}").replace("{}", prefix)
    check(call(program, tmp_path, config=config, environment=environment), expected)


@pytest.mark.parametrize("program", table.ALL)
@pytest.mark.parametrize("content", [None, "{", "[1]", '{"api_key": NaN}', ""])
def test_a_configuration_file(program: str, content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "mine.json").write_text(content, encoding="utf-8")
    words = "not a JSON object" if content is not None else "no such file or directory"
    run = call(program, tmp_path, "--config", "mine.json")
    check(run, "The file 'mine.json' given with --config")
    assert words in run.log


@pytest.mark.parametrize("program", table.ALL)
def test_a_secret_in_place_of_an_option_is_not_repeated(program: str, tmp_path: Path) -> None:
    run = call(program, tmp_path, "--api_key=moco-k3y", "miimosa-k3y")
    more = call(program, tmp_path, "miimosa-k3y", config=CONFIGS[program])
    assert (run.code, more.code) == (2, 2)
    assert "No such option" in run.log
    assert "There is an argument that belongs to no option." in more.log
    assert "k3y" not in run.log + more.log


def test_a_variable_that_nobody_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_MOCO_API_KEY", "moco-k3y")
    run = call("tap-moco", tmp_path, config={"domain": "my-agency"})
    check(run, "'api_key' is required and missing")
    assert "TAP_MOCO_API_KEY is set, but variables are only read with --config ENV." in run.log
