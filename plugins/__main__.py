"""Writes the plugin definitions: ``python -m plugins``."""

from __future__ import annotations

from plugins.outputs import render

for path, text in render().items():
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
