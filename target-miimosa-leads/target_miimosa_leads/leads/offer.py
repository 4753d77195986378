"""A record on its way to become a lead: as it came in, as a candidate, and as it is decided on."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from target_miimosa_leads.leads.spelling import canonicalize

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from target_miimosa_leads.leads.fingerprint import Fingerprints
    from target_miimosa_leads.leads.journaled import JournaledLead


class Origin(t.NamedTuple):
    """A record as it came in, before any stream map.

    Attributes:
        stream: Its stream.
        schema: JSON schema of the stream.
        key_properties: Key of the stream.
        record: The record.
    """

    stream: str
    schema: dict[str, t.Any]
    key_properties: list[str]
    record: dict[str, t.Any]

    @property
    def row(self) -> tuple[str, ...]:
        """Which row of the source the record is; without a key, all of the record tells it."""
        names = self.key_properties or sorted(self.record)
        return (self.stream, *(str(self.record.get(name)) for name in names))


class Former(t.NamedTuple):
    """Key and body of a record as the first version of the journal took them."""

    key: Mapping[str, str]
    body: Mapping[str, t.Any]


def _build_none() -> Former:
    return Former({}, {})


@dataclass(frozen=True)
class Candidate:
    """A record as a possible lead.

    Attributes:
        stream: Stream name after the stream maps.
        scope: The stream, if the key is unique within it only.
        key: Key fields with their values as text; empty if the record has no usable key.
        body: The lead fields.
        errors: What is wrong with the record.
        origin: The record before the stream maps.
        build_former: Returns key and body as they were taken by the first version.
        kept: The fields that the journal keeps, which have no part in telling what the lead is.
    """

    stream: str
    scope: str | None
    key: Mapping[str, str]
    body: dict[str, t.Any]
    errors: list[str]
    origin: Origin
    build_former: Callable[[], Former] = _build_none
    kept: Mapping[str, str] = field(default_factory=dict)

    def compute_identity(self, fingerprints: Fingerprints) -> str:
        """Return the hash under which the journal knows the lead.

        Without a key the whole record identifies itself, so that it is rejected once and not anew
        in every run.
        """
        if self.key:
            return fingerprints.hash_identity(self.scope, self.key)
        return fingerprints.hash_content(self._as_content())

    def _as_content(self) -> dict[str, t.Any]:
        record = {
            name: value
            for name, value in self.origin.record.items()
            if not name.startswith("_sdc_")
        }
        return {"stream": self.stream, "record": record}

    def compute_former_identities(self, fingerprints: Fingerprints) -> list[str]:
        """Return the hashes under which a journal of the first version may know the lead.

        Args:
            fingerprints: Hashes of that version; they tell spellings of a value apart.
        """
        if not self.key:
            return [fingerprints.hash_content(self._as_content())]
        # A number that came with a fraction of zero was hashed with it.
        fractions = {n: f"{v}.0" if v.isdecimal() else v for n, v in self.key.items()}
        keys = (self.build_former().key, self.key, canonicalize(self.key), fractions)
        return [fingerprints.hash_identity(self.scope, each) for each in keys if each]

    def compute_former_digests(self, fingerprints: Fingerprints) -> set[str]:
        """Return the hashes that the content may have in such a journal."""
        bodies = (self.build_former().body, self.body, canonicalize(self.body))
        return {fingerprints.hash_content(each) for each in bodies}


@dataclass(frozen=True)
class Offer:
    """A candidate with everything that deciding about it, and writing that down, takes.

    Attributes:
        ticket: Position of the record in the input.
        candidate: The record as a possible lead.
        identity: Hash that tells which lead it is.
        digest: Hash of its content.
        known: What the journal knows about the lead; None for a new one.
    """

    ticket: int
    candidate: Candidate
    identity: str
    digest: str
    known: JournaledLead | None

    @property
    def kept(self) -> dict[str, str] | None:
        """The fields that the journal keeps of the lead, from this and from earlier records."""
        before = self.known.kept if self.known else None
        return {**(before or {}), **self.candidate.kept} or None


class LeadRun(t.Protocol):
    """Takes candidates and STATE in the order of the input: a run, or a dry run."""

    @property
    def stopping(self) -> bool:
        """Whether reading on is pointless, because nothing more is sent."""

    def offer(self, candidate: Candidate) -> None:
        """Decide about a record, and send it if it is a new lead."""

    def add_state(self, value: t.Any) -> None:  # noqa: ANN401
        """Emit a STATE once every record before it has a durable outcome."""

    def summarize(self) -> dict[str, t.Any]:
        """Return what was done so far, or what would be done."""

    def finish(self, *, cleanly: bool = True) -> None:
        """End the run; ``cleanly`` is False if the input turned out to be unusable."""
