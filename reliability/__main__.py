"""Writes docs/reliability.md: ``python -m reliability``."""

from __future__ import annotations

from reliability.page import PAGE, write

if __name__ == "__main__":
    PAGE.write_text(write(), encoding="utf-8")
