"""Makes the staging models from the JSON schemas of the taps: `python transform/describe.py`.

What `streams.yml` names gets a model, and the sources and models get the descriptions that the
schemas have. With `--check` nothing is written; the exit code is 1 if a file is not up to date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import typing as t
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STAGING = HERE / "models" / "staging"
HEADER = "Made by `make staging` from {}: change streams.yml or the schemas."
LOADED = ("_sdc_extracted_at", "When the tap read the row (UTC).", "timestamptz")
TYPES = {"integer": "bigint", "number": "numeric", "boolean": "boolean", "string": "text"}
FORMATS = {"date": "date", "date-time": "timestamptz"}
WIDTH = 99

Schema = dict[str, t.Any]


class Column(t.NamedTuple):
    """A column of a staging model: its name, what it is in the table, its type, what it means."""

    name: str
    origin: str
    type: str
    description: str


def kind(schema: Schema) -> str:
    """Return the type of a property, null aside."""
    return next((each for each in schema.get("type", []) if each != "null"), "")


def build_columns(stream: Schema, schema: Schema) -> list[Column]:
    """Return the columns of a stream's model: scalars, lists of words, ids of objects.

    Personal data stays out, but for what the models need.
    """
    found: list[Column] = []
    properties: dict[str, Schema] = schema["properties"]
    for name, each in properties.items():
        needed = [*stream.get("key", []), *stream.get("personal", [])]
        if each.get("x-personal") and name not in needed:
            continue
        renamed = stream["id"] if name == "id" and "id" in stream else _snake_case(name)
        found += build_column(stream, renamed, name, each)
    scalar = {column.name for column in found if "." not in column.origin}
    found = [each for each in found if "." not in each.origin or each.name not in scalar]
    return [*found, Column(LOADED[0], LOADED[0], LOADED[2], LOADED[1])]


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def build_column(stream: Schema, renamed: str, name: str, each: Schema) -> list[Column]:
    """Return the column of a property, or none."""
    about, type_ = each.get("description", ""), kind(each)
    if name in stream.get("localized", []):
        return [Column(renamed, name, "localized", f"{about} In one language.")]
    if name in stream.get("json", []):
        return [Column(renamed, name, "jsonb", about)]
    if type_ in TYPES:
        return [Column(renamed, name, FORMATS.get(each.get("format", ""), TYPES[type_]), about)]
    if type_ == "array" and kind(each.get("items", {})) == "string":
        return [Column(renamed, name, "jsonb", about)]
    member = each.get("properties", {}).get("id", {})
    if type_ == "object" and kind(member) in TYPES:
        return [Column(f"{name}_id", f"{name}.id", TYPES[kind(member)], f"Its id. {about}")]
    return []


def build_model(api: str, stream: Schema, columns: list[Column]) -> str:
    """Return the SQL of a staging model."""
    rows = "".join(f"    ('{one.name}', '{one.origin}', '{one.type}'),\n" for one in columns)
    note = HEADER.format(f"the schema of {stream['stream']}")
    return (
        f"-- {note}\n{{{{ config(enabled=var('using_{api}', true)) }}}}\n\n"
        f"{{{{ crowdfunding_agency.stage('{api}', '{stream['stream']}', [\n{rows}]) }}}}\n"
    )


def describe_model(api: str, stream: Schema, schema: Schema, columns: list[Column]) -> Schema:
    """Return what the models' YAML says of a staging model."""
    key = stream.get("key", [stream.get("id")])
    references = stream.get("references", {})
    described = []
    for column in columns:
        tests: list[t.Any] = ["not_null"] if column.name in key else []
        if key == [column.name]:
            tests.insert(0, "unique")
        if column.name in references:
            target = {"to": f"ref('{references[column.name]}')", "field": _target(column.name)}
            tests.append(
                {"relationships": {"arguments": target, "config": {"severity": "warn"}}},
            )
        entry: Schema = {"name": column.name, "description": column.description}
        entry["data_type"] = "text" if column.type == "localized" else column.type
        described.append({**entry, **({"data_tests": tests} if tests else {})})
    about = schema.get("description") or f"Stream {stream['stream']} of tap-{api}."
    model: Schema = {"name": f"stg_{api}__{stream['stream']}", "description": about}
    if len(key) > 1:
        combination = {"unique_combination": {"arguments": {"columns": key}}}
        model["data_tests"] = [combination]
    return {**model, "columns": described}


def _target(column: str) -> str:
    """Return what a reference is called in the model whose key it is."""
    names = {"customer_id": "company_id", "person_id": "contact_id"}
    return names.get(column, "deal_category_id" if column == "category_id" else column)


def describe_table(stream: Schema, schema: Schema) -> Schema:
    """Return what the sources' YAML says of a table."""
    table: Schema = {"name": stream["stream"]}
    if schema.get("description"):
        table["description"] = schema["description"]
    if "fresh_within" in stream:
        late = {"count": stream["fresh_within"], "period": "day"}
        table["config"] = {
            "loaded_at_field": "_sdc_extracted_at at time zone 'UTC'",
            "freshness": {"warn_after": late},
        }
    table["columns"] = [
        {"name": name, "description": each.get("description", "")}
        for name, each in schema["properties"].items()
    ]
    return table


def build_files() -> dict[Path, str]:
    """Return the text of every file."""
    files = {}
    for api, found in yaml.safe_load((HERE / "streams.yml").read_text(encoding="utf-8")).items():
        folder = STAGING / api
        models, tables = [], []
        for stream in found["streams"]:
            path = ROOT / found["schemas"] / f"{stream['stream']}.json"
            schema = json.loads(path.read_text(encoding="utf-8"))
            columns = build_columns(stream, schema)
            models.append(describe_model(api, stream, schema, columns))
            tables.append(describe_table(stream, schema))
            model = folder / f"stg_{api}__{stream['stream']}.sql"
            files[model] = build_model(api, stream, columns)
        source = {
            "name": api,
            "description": found["about"],
            "schema": f"{{{{ var('{api}_schema', '{api}') }}}}",
            "config": {"enabled": f"{{{{ var('using_{api}', true) }}}}"},
            "tables": tables,
        }
        files[folder / f"_{api}__sources.yml"] = _dump({"version": 2, "sources": [source]})
        files[folder / f"_{api}__models.yml"] = _dump({"version": 2, "models": models})
    return files


def _dump(content: Schema) -> str:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=WIDTH)
    return f"# {HEADER.format('the schemas')}\n{text}"


def main() -> int:
    """Write the files, or look whether they are up to date; return the exit code."""
    parser = argparse.ArgumentParser(prog="describe.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    files = build_files()
    there = {path for path in STAGING.rglob("*") if path.is_file()}
    stale = {path for path, text in files.items() if path not in there or path.read_text() != text}
    made = {p for p in there - files.keys() if HEADER[:20] in p.read_text(encoding="utf-8")}
    for path in sorted(stale | made):
        sys.stderr.write(f"{'not up to date' if check else 'written'}: {path.relative_to(ROOT)}\n")
        if check:
            continue
        if path in made:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    return int(check and bool(stale | made))


if __name__ == "__main__":
    sys.exit(main())
