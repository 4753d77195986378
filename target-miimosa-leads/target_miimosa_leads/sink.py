"""Turns the records of one stream into candidates for leads."""

from __future__ import annotations

import typing as t

from singer_sdk.sinks import RecordSink

from target_miimosa_leads._kit.errors import ConfigError
from target_miimosa_leads.exits import NoKeyError
from target_miimosa_leads.lead import as_text
from target_miimosa_leads.run import Candidate

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from target_miimosa_leads.dead_letter import Origin
    from target_miimosa_leads.target import TargetMiimosaLeads


class LeadSink(RecordSink):
    """Sink of one stream, after the stream maps."""

    def __init__(
        self,
        target: TargetMiimosaLeads,
        stream_name: str,
        schema: dict[str, t.Any],
        key_properties: Sequence[str] | None,
    ) -> None:
        """Find out which fields identify a lead.

        Raises:
            ConfigError: If nothing does.
        """
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._lead_key = target.settings.lead_key or tuple(key_properties or ())
        if not self._lead_key:
            raise ConfigError(
                f"Stream '{stream_name}' has no key properties: set 'lead_key' to the fields that "
                "say which lead a record is."
            )
        self._scope = None if target.settings.lead_key else stream_name
        self._told = False

    def get_validator(self) -> None:
        """Check leads against the API's contract, not records against the stream's schema."""

    def candidate(self, record: dict[str, t.Any], origin: Origin) -> Candidate:
        """Return a record as a candidate.

        Args:
            record: The record after the stream maps.
            origin: The record before.

        Raises:
            NoKeyError: If a key property of the stream is not there at all.
        """
        if missing := [name for name in self.key_properties if name not in record]:
            raise NoKeyError(
                f"A record of stream '{self.stream_name}' lacks key property "
                f"{', '.join(missing)}: the tap is at fault."
            )
        settings = self._target.settings
        body = settings.contract.body(record, settings.defaults)
        errors = settings.contract.errors(body)
        key, problems = self._key(record, body)
        if not self._told:
            self._told = True
            self._tell_what_stays_behind(record)
        return Candidate(
            stream=self.stream_name,
            scope=self._scope,
            key={} if problems else key,
            body=body,
            errors=problems + errors,
            origin=origin,
        )

    def _key(
        self, record: dict[str, t.Any], body: dict[str, t.Any]
    ) -> tuple[dict[str, str], list[str]]:
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

    def _tell_what_stays_behind(self, record: dict[str, t.Any]) -> None:
        fields = self._target.settings.contract.fields
        others = [n for n in record if n not in fields and not n.startswith("_sdc_")]
        if others:
            self.logger.info(
                "Fields that are no lead fields are not sent: %s", ", ".join(sorted(others))
            )

    def process_record(self, record: dict[str, t.Any], context: dict[str, t.Any]) -> None:
        """Hand a record over; the context carries its origin."""
        self._target.run.offer(self.candidate(record, context["origin"]))
