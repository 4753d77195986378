"""Turns the records of one stream into candidates for leads."""

from __future__ import annotations

import typing as t
from functools import partial

from singer_sdk.sinks import RecordSink

from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import ConfigError
from target_miimosa_leads.leads.damage import REPLACEMENT
from target_miimosa_leads.leads.fingerprint import to_text_v1
from target_miimosa_leads.leads.kept import read_kept
from target_miimosa_leads.leads.offer import Candidate, Former
from target_miimosa_leads.leads.spelling import to_text

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from singer_sdk import Target

    from target_miimosa_leads.leads.offer import LeadRun, Origin
    from target_miimosa_leads.settings import Settings


class LeadTarget(t.Protocol):
    """What a sink needs of its target."""

    @property
    def settings(self) -> Settings:
        """The configuration."""

    @property
    def run(self) -> LeadRun:
        """Takes the candidates."""


class LeadSink(RecordSink):
    """Sink of one stream, after the stream maps."""

    def __init__(
        self,
        target: Target,
        stream_name: str,
        schema: dict[str, t.Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Find the fields that identify a lead.

        Raises:
            ConfigError: If there are none.
        """
        super().__init__(target, stream_name, schema, key_properties)
        self._lead_target = t.cast("LeadTarget", target)
        settings = self._lead_target.settings
        self._lead_key = settings.lead_key or tuple(key_properties or ())
        if not self._lead_key:
            raise ConfigError(
                f"Stream '{stream_name}' has no key properties: set 'lead_key' to the fields that "
                "say which lead a record is."
            )
        self._scope = None if settings.lead_key else stream_name
        self._contract, self._defaults = settings.contract, settings.defaults
        self._keep_fields = settings.keep_fields
        self._left_out_logged = False

    @override
    def get_validator(self) -> None:
        """Check leads against the API's contract, not records against the stream's schema."""

    @override
    def process_record(self, record: dict[str, t.Any], context: dict[str, t.Any]) -> None:
        """Offer a record to the run.

        Args:
            record: The record after the stream maps.
            context: The record as it came in, as ``origin``, and as ``problems`` what was wrong
                with it then.
        """
        candidate = self._build_candidate(record, context["origin"], context["problems"])
        self._lead_target.run.offer(candidate)

    def _build_candidate(
        self, record: dict[str, t.Any], origin: Origin, problems: list[str]
    ) -> Candidate:
        """Return a record as a candidate."""
        body = self._contract.build_body(record, self._defaults)
        errors = self._contract.find_errors(body)
        key, without = self._read_key(record, body, to_text)
        # A key in which something is not readable might be that of another lead.
        unusable = without or any(REPLACEMENT in value for value in key.values() if problems)
        if not self._left_out_logged:
            self._left_out_logged = True
            self._log_left_out(record, origin)
        return Candidate(
            stream=self.stream_name,
            scope=self._scope,
            key={} if unusable else key,
            body=body,
            errors=problems + self._find_missing(record) + without + errors,
            origin=origin,
            build_former=partial(self._build_former, record),
            kept=read_kept(self._keep_fields, record, origin.record),
        )

    def _build_former(self, record: dict[str, t.Any]) -> Former:
        body = self._contract.build_body(record, self._defaults, to_text_v1)
        key, _ = self._read_key(record, body, to_text_v1)
        return Former(key, body)

    def _find_missing(self, record: dict[str, t.Any]) -> list[str]:
        return [
            f"{name}, a key property of the stream, is missing"
            for name in self.key_properties
            if name not in record and name not in self._lead_key
        ]

    def _read_key(
        self,
        record: dict[str, t.Any],
        body: dict[str, t.Any],
        as_text: Callable[[t.Any], t.Any],
    ) -> tuple[dict[str, str], list[str]]:
        """Return the lead key of a record, and what is wrong with it."""
        key: dict[str, str] = {}
        problems: list[str] = []
        for name in self._lead_key:
            value = as_text(record.get(name))
            if value in (None, ""):
                value = body.get(name)
            if isinstance(value, str):
                key[name] = value
            elif value is None:
                problems.append(f"{name}, part of the lead key, is missing or empty")
            else:
                problems.append(f"{name}, part of the lead key, must be text or a number")
        return key, problems

    def _log_left_out(self, record: dict[str, t.Any], origin: Origin) -> None:
        fields = self._contract.fields
        others = [n for n in record if n not in fields and not n.startswith("_sdc_")]
        if others:
            self.logger.info(
                "Fields that are not lead fields are not sent: %s", ", ".join(sorted(others))
            )
        known = {*record, *origin.record, *origin.schema.get("properties", {})}
        if self._keep_fields and known.isdisjoint(self._keep_fields):
            self.logger.warning(
                "Stream '%s' has none of the fields of 'keep_fields'.", self.stream_name
            )
