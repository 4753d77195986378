"""The files that hold plugin definitions: one of each plugin, ``meltano.yml``, and the READMEs."""

from __future__ import annotations

import io
import re
import typing as t
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

from plugins.definition import EXTRACTORS, LOADERS, define

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Made by `make plugins` from what {name} says of itself.\n"
PROJECT = ROOT / "meltano.yml"
READMES = [ROOT / "README.md", *(ROOT / name / "README.md" for name in (*EXTRACTORS, *LOADERS)
           if (ROOT / name).is_dir())]  # fmt: skip
IN_PROJECT = ("capabilities", "settings_group_validation")
"""What `meltano.yml` repeats of a definition, beside `settings` and `select`."""


def render() -> dict[Path, str]:
    """Return the text of every file that holds definitions."""
    definitions = {name: define(name) for name in (*EXTRACTORS, *LOADERS)}
    for found in definitions.values():
        found["capabilities"] = _in_one_line(found["capabilities"])
        groups = found["settings_group_validation"]
        found["settings_group_validation"] = [_in_one_line(group) for group in groups]
    files = {
        ROOT / "plugins" / found["plugin_type"] / f"{name}.yml": _dump(found, name)
        for name, found in definitions.items()
    }
    files[PROJECT] = _update_project(PROJECT.read_text(encoding="utf-8"), definitions)
    for path in READMES:
        files[path] = _update_readme(path.read_text(encoding="utf-8"), definitions)
    return files


def _in_one_line(values: list[str]) -> CommentedSeq:
    found = CommentedSeq(values)
    found.fa.set_flow_style()
    return found


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def _print(yaml: YAML, data: object) -> str:
    text = io.StringIO()
    yaml.dump(data, text)
    # Folded text keeps the blank that it is folded at.
    return re.sub(r" +$", "", text.getvalue(), flags=re.MULTILINE)


def _dump(found: dict[str, t.Any], name: str) -> str:
    return HEADER.format(name=name) + _print(_yaml(), found)


def _update_project(text: str, definitions: dict[str, dict[str, t.Any]]) -> str:
    """Return `meltano.yml` with the settings as they are now, the rest as it was."""
    yaml = _yaml()
    project = yaml.load(text)
    for plugins in project["plugins"].values():
        for plugin in plugins:
            if plugin["name"] in definitions and "namespace" in plugin:
                _update_plugin(plugin, definitions[plugin["name"]])
    return _print(yaml, project)


def _update_plugin(plugin: t.Any, found: dict[str, t.Any]) -> None:  # noqa: ANN401 - of ruamel
    for name in IN_PROJECT:
        if plugin.get(name) != found[name]:
            plugin[name] = found[name]
    if "select" in plugin and "select" in found and list(plugin["select"]) != found["select"]:
        plugin["select"] = found["select"]
    # Settings that are shared by an anchor stay so as long as they are the same.
    known = {setting["name"]: setting for setting in plugin["settings"]}
    for setting in found["settings"]:
        entry = known.setdefault(setting["name"], setting)
        if entry is not setting:
            _update(entry, setting)
    plugin["settings"][:] = [known[setting["name"]] for setting in found["settings"]]


def _update(entry: t.Any, setting: dict[str, t.Any]) -> None:  # noqa: ANN401 - of ruamel
    for name in list(entry):
        if name not in setting:
            del entry[name]
    for place, (name, value) in enumerate(setting.items()):
        if name not in entry:
            entry.insert(place, name, value)
        elif entry[name] != value:
            entry[name] = value


YAML_BLOCK = re.compile(r"^```yaml\n.*?^```$", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"( *- )(?:name: (?P<plugin>\S+)|\{name: (?P<setting>\w+).*\})")


def _update_readme(text: str, definitions: dict[str, dict[str, t.Any]]) -> str:
    """Return a README whose examples declare settings and capabilities as they are now."""
    return YAML_BLOCK.sub(lambda block: _update_example(block.group(), definitions), text)


def _update_example(block: str, definitions: dict[str, dict[str, t.Any]]) -> str:
    lines, settings, capabilities = [], {}, ""
    for line in block.split("\n"):
        found = LINE.fullmatch(line)
        if found and found["plugin"]:
            plugin = definitions.get(found["plugin"], {"settings": [], "capabilities": []})
            settings = {setting["name"]: setting for setting in plugin["settings"]}
            capabilities = ", ".join(plugin["capabilities"])
        if found and found["setting"] in settings:
            lines.append(found[1] + _in_braces(settings[found["setting"]]))
        elif capabilities and line.lstrip().startswith("capabilities: ["):
            lines.append(f"{line.partition('[')[0]}[{capabilities}]")
        else:
            lines.append(line)
    return "\n".join(lines)


def _in_braces(setting: dict[str, t.Any]) -> str:
    parts = [f"name: {setting['name']}"]
    # Meltano's own default is a text. An example needs no list of the options.
    if setting["kind"] not in {"string", "options"}:
        parts.append(f"kind: {setting['kind']}")
    if setting.get("sensitive"):
        parts.append("sensitive: true")
    return f"{{{', '.join(parts)}}}"
