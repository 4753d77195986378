"""The Link header (RFC 8288)."""

from __future__ import annotations

import re

# A target, and its parameters; a quoted value may hold commas and semicolons, and so may a target.
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s;,\"]*))?)*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", re.IGNORECASE)


def find_link(header: str, relation: str) -> str | None:
    """Return the target of a relation, wherever it stands; None if there is none.

    Args:
        header: Value of the header, as many links as there are.
        relation: Such as ``next``; a link may have several, in letters of any case.
    """
    for target, parameters in _LINK.findall(header):
        found = _RELATION.search(parameters)
        if found and relation in (found[1] or found[2] or "").lower().split():
            return str(target)
    return None
