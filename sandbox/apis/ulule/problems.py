"""Answers of Ulule's API other than success."""

from __future__ import annotations

from sandbox.wire import Reply


class Problem(Exception):  # noqa: N818 - the word of the API's own error objects
    """An answer other than 200."""

    def __init__(self, status: int, reason: str = "", field: str = "") -> None:
        """Answer with a status, and say why in the API's array of errors."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.field = field

    def reply(self) -> Reply:
        """The answer."""
        kinds = {401: "PermissionError", 404: "PermissionError", 422: "ValueError"}
        entry = {
            "classification": kinds.get(self.status, "ValueError"),
            "fieldNames": [self.field] if self.field else [],
            "message": self.reason,
        }
        kind = "text/javascript" if self.status == 422 else "application/json"
        return Reply.of([entry], self.status, kind=kind)
