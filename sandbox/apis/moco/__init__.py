"""MOCO's REST API v1 under /moco/api/v1."""

from __future__ import annotations

from sandbox.apis.moco.api import MocoApi

__all__ = ["MocoApi"]
