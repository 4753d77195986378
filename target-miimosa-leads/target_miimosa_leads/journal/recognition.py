"""Which row of a journal a candidate belongs to, also one from before the fingerprints changed."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from target_miimosa_leads.leads.fingerprint import to_text_v1
from target_miimosa_leads.leads.spelling import canonicalize, to_text

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from target_miimosa_leads.journal.store import Journal
    from target_miimosa_leads.leads.journaled import JournaledLead
    from target_miimosa_leads.leads.offer import Candidate


def recognize(journal: Journal, candidate: Candidate) -> str:
    """Return the identity under which the journal has a lead, or will have it.

    Former fingerprints are looked up second: with the spelling at hand, then with others of it.
    """
    identity = candidate.compute_identity(journal.fingerprints)
    former = journal.former_fingerprints
    if former is None or journal.find(identity) is not None:
        return identity
    found = (each for each in candidate.compute_former_identities(former) if journal.find(each))
    return next(found, identity)


def find_known(
    journal: Journal, candidate: Candidate, identity: str, digest: str
) -> JournaledLead | None:
    """Return the row of a lead.

    A former hash of the same content as the candidate's is given as ``digest``, its present hash.
    """
    known, former = journal.find(identity), journal.former_fingerprints
    if known is None or former is None:
        return known
    same = candidate.compute_former_digests(former)
    if known.delivered_digest in same:
        known = replace(known, delivered_digest=digest)
    if known.payload_digest in same:
        known = replace(known, payload_digest=digest)
    return known


def find_by_key(journal: Journal, key: Mapping[str, t.Any]) -> list[JournaledLead]:
    """Return the rows of a lead key, in whichever stream it was.

    Args:
        journal: Where to look.
        key: The values; with one, or under names in the order of the fields' names, of any name.
    """
    candidates = [(journal.fingerprints, key)]
    if (former := journal.former_fingerprints) is not None:
        texts = ({name: as_text(v) for name, v in key.items()} for as_text in (to_text_v1, to_text))
        candidates += [(former, each) for each in (*texts, canonicalize(key))]
    found = {
        row.id: row
        for stream in (None, *journal.list_streams())
        for fingerprints, spelled in candidates
        if (row := journal.find(fingerprints.hash_identity(stream, spelled))) is not None
    }
    return list(found.values())
