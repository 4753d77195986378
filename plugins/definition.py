"""What Meltano has to know of a plugin, made from its ``--about`` and ``--discover``.

The form is that of a definition on Meltano Hub: ``meltano add --from-ref FILE NAME`` reads it.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

Record = dict[str, t.Any]

BIN = Path(sys.executable).parent
VARIANT = "miimosa-connectors"
SOURCE = "git+${CONNECTORS_URL}#subdirectory="
"""Where the code comes from: a variable, so that forks and checkouts need no other definition."""
KINDS = {"object": "object", "array": "array", "boolean": "boolean", "integer": "integer"}
"""Numbers are text: Meltano 4.4 cannot hand on what it makes of a variable of the kind decimal."""
CONFIG = {"api_key": "none", "domain": "none", "project_slugs": ["none"]}
"""Enough for ``--discover``, which asks nobody."""


class Details(t.NamedTuple):
    """What a plugin does not say of itself.

    Attributes:
        label: Name of the service.
        groups: The settings that are required, in each way to sign in.
        commands: Beside running it.
        keywords: To be found by.
        load_schema: Where Meltano's loaders put a tap's tables.
        package: Whose program it is, if not its own.
        settings: Those of the package that it takes, if not all.
        description: If the package's is another.
    """

    label: str
    groups: list[list[str]]
    commands: Record
    keywords: list[str]
    load_schema: str | None = None
    package: str | None = None
    settings: tuple[str, ...] = ()
    description: str | None = None


TEST_CREDENTIALS = {
    "check": {
        "args": "--config ENV --test",
        "description": "Do the credentials work, and for which streams?",
    },
}
EXTRACTORS = {
    "tap-moco": Details(
        "MOCO",
        [["domain", "api_key"], ["domain", "email", "password"], ["api_url", "api_key"]],
        TEST_CREDENTIALS,
        ["api", "agency", "erp", "crm", "time tracking", "invoicing"],
        "moco",
    ),
    "tap-ulule": Details(
        "Ulule",
        [
            ["project_ids"],
            ["auth_method", "api_key"],
            ["auth_method", "username", "password"],
            ["auth_method", "client_id", "client_secret"],
        ],
        TEST_CREDENTIALS,
        ["api", "crowdfunding"],
        "ulule",
    ),
    "tap-miimosa": Details(
        "MiiMOSA", [["api_key"]], TEST_CREDENTIALS, ["api", "crowdfunding"], "miimosa"
    ),
    "tap-micropledge": Details(
        "microPledge", [["project_slugs"]], TEST_CREDENTIALS, ["api", "crowdfunding"], "micropledge"
    ),
    "tap-miimosa-leads-journal": Details(
        "MiiMOSA leads: journal",
        [["journal_url"]],
        {},
        ["crowdfunding", "leads"],
        "leads",
        package="target-miimosa-leads",
        settings=("journal_url", "journal_schema", "keep_fields"),
        description="Reads the journal of target-miimosa-leads: what became of each lead.",
    ),
}
LOADERS = {
    "target-miimosa-leads": Details(
        "MiiMOSA leads",
        [["api_key"]],
        {
            "journal": {
                "executable": "target-miimosa-leads-journal",
                "args": "--config ENV",
                "description": "What became of the leads: list, show, resolve, purge …",
            }
        },
        ["api", "crowdfunding", "reverse etl", "leads"],
    ),
}


def define(name: str) -> Record:
    """Return the definition of one of the plugins.

    Args:
        name: Of its program.
    """
    details = {**EXTRACTORS, **LOADERS}[name]
    package = details.package or name
    about = json.loads(_ask(package, "--about", "--format=json"))
    settings = about["settings"]["properties"]
    found = {
        "plugin_type": "extractors" if name in EXTRACTORS else "loaders",
        "name": name,
        "namespace": name.replace("-", "_"),
        "variant": VARIANT,
        "label": details.label,
        "description": details.description or about["description"],
        "pip_url": SOURCE + package,
        "executable": name,
        "capabilities": [] if details.package else _capabilities(name, about["capabilities"]),
        "keywords": [*details.keywords, "meltano_sdk"],
        "maintenance_status": "active",
        "supported_python_versions": about["supported_python_versions"],
        "settings": [
            _define_setting(setting, settings[setting]) for setting in details.settings or settings
        ],
        "settings_group_validation": details.groups,
    }
    if details.commands:
        found["commands"] = details.commands
    if details.load_schema:
        found["load_schema"] = details.load_schema
    if "discover" in found["capabilities"]:
        found["select"] = select_rules(name)
    return found


def select_rules(name: str) -> list[str]:
    """Return what Meltano is to select: all that a tap selects by default.

    Meltano selects every stream unless told otherwise, those too that cost a request per record.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.json")
        config.write_text(json.dumps(CONFIG), encoding="utf-8")
        catalog = json.loads(_ask(name, "--config", str(config), "--discover"))
    costly = [each["tap_stream_id"] for each in catalog["streams"] if not _is_default(each)]
    return ["*.*", *(f"!{stream}.*" for stream in sorted(costly))]


def _is_default(entry: Record) -> bool:
    (root,) = [each["metadata"] for each in entry["metadata"] if each["breadcrumb"] == []]
    return bool(root["selected-by-default"])


def _capabilities(name: str, capabilities: list[str]) -> list[str]:
    # The SDK does not list what a tap sends: ACTIVATE_VERSION, with deleted_records: detect.
    versions = ["activate-version"] if name == "tap-moco" else []
    return [*capabilities, *versions]


def _define_setting(name: str, schema: Record) -> Record:
    values = [value for value in schema.get("enum", []) if value is not None]
    found: Record = {"name": name, "label": schema["title"], "kind": _kind(schema)}
    if schema.get("secret"):
        found["sensitive"] = True
    found["description"] = schema["description"]
    if values:
        found["options"] = [{"label": str(value), "value": value} for value in values]
    return found


def _kind(schema: Record) -> str:
    if schema.get("enum"):
        return "options"
    if schema.get("format") == "date-time":
        return "date_iso8601"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    return next((KINDS[name] for name in types if name in KINDS), "string")


# Two plugins are of one package, which is asked once.
@functools.cache
def _ask(name: str, *options: str) -> str:
    return subprocess.check_output(  # noqa: S603 - one of ours
        [BIN / name, *options], text=True, stderr=subprocess.DEVNULL
    )
