"""Ulule's API under /ulule/v1, its tokens under /ulule/oauth2/token/."""

from __future__ import annotations

from sandbox.apis.ulule.api import UluleApi

__all__ = ["UluleApi"]
