"""The settings of the target, each declared once: as a field, with its part of the JSON schema."""

# ruff: noqa: RUF009 - what _setting() returns is a field

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields
from functools import cached_property

from singer_sdk import typing as th

from target_miimosa_leads._kit.settings import SUMMARY_PATH
from target_miimosa_leads.leads.contract import PATHS, Contract
from target_miimosa_leads.leads.policy import Policy
from target_miimosa_leads.setting_values import (
    KEY_PLACEHOLDER,
    build_authorization,
    check_defaults,
    read_base_url,
    read_defaults,
    read_journal_schema,
    read_journal_url,
    read_keep_fields,
    read_lead_key,
    read_path,
    read_user_agent,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def _setting(
    kind: th.JSONTypeHelper[t.Any],
    *,
    read: Callable[[t.Any], t.Any] | None = None,
    **described: t.Any,  # noqa: ANN401
) -> t.Any:  # noqa: ANN401
    """Declare a setting.

    Args:
        kind: Type of its value in the configuration.
        read: Returns the field's value for that of the configuration (None if it is not given), or
            raises a ConfigError; by default the value as it is.
        described: Further arguments of the SDK's ``Property``.
    """
    # A secret must not appear where the object is printed.
    shown = not described.get("secret", False)
    return field(repr=shown, metadata={"kind": kind, "read": read, "described": described})


@dataclass(frozen=True)
class Settings:
    """The configuration, checked; the fields are the settings, the properties follow from them."""

    api_url: str = _setting(
        th.StringType(),
        default="https://api.miimosa.com",
        title="API URL",
        description="Base URL of the API; the path of the variant is appended.",
        read=read_base_url,
    )
    api_key: str = _setting(
        th.StringType(),
        required=True,
        secret=True,
        title="API key",
        description="The client API key that MiiMOSA gave you.",
    )
    authorization_format: str = _setting(
        th.StringType(),
        default=KEY_PLACEHOLDER,
        title="Authorization format",
        description=(
            "Value of the Authorization header. Newer documentation spells it "
            "'Token token={api_key}'."
        ),
    )
    api_variant: str = _setting(
        th.StringType(),
        default="v1",
        allowed_values=list(PATHS),
        title="API variant",
        description="v1: POST /leads. older: POST /api/leads, with its additional fields.",
    )
    journal_url: str = _setting(
        th.StringType(),
        default="sqlite:///miimosa-leads-journal.db",
        secret=True,
        title="Journal URL",
        description=(
            "SQLAlchemy URL of the journal: sqlite:///path (relative to the working directory, "
            "with four slashes absolute) or postgresql+psycopg://user:password@host/database."
        ),
        read=read_journal_url,
    )
    journal_schema: str | None = _setting(
        th.StringType(),
        title="Journal schema",
        description=(
            "PostgreSQL schema of the journal, created if it is not there. Default: that of the "
            "search path, or miimosa_journal if that is public; a journal in public stays there."
        ),
        read=read_journal_schema,
    )
    allow_new_journal: bool = _setting(
        th.BooleanType(),
        default=False,
        title="Allow new journal",
        description=(
            "Begin a new journal although there are signs of earlier runs. Leads that were sent "
            "before may then be sent again."
        ),
    )
    lead_key: tuple[str, ...] = _setting(
        th.ArrayType(th.StringType()),
        title="Lead key",
        description=(
            "Fields that say which lead a record is, across all streams. Default: the key "
            "properties of the stream, within the stream."
        ),
        read=read_lead_key,
    )
    defaults: dict[str, t.Any] = _setting(
        th.ObjectType(additional_properties=True),
        default={},
        title="Defaults",
        description="Values for lead fields that are absent, null or empty in a record.",
        read=read_defaults,
    )
    keep_fields: tuple[str, ...] = _setting(
        th.ArrayType(th.StringType()),
        title="Keep fields",
        description=(
            "Fields of the records, such as contact_id, that the journal keeps in clear after the "
            "lead is delivered and everything else is erased. They are not sent for that."
        ),
        read=read_keep_fields,
    )
    on_changed: str = _setting(
        th.StringType(),
        default="reject",
        allowed_values=["reject", "send"],
        title="On changed",
        description="What to do with a delivered lead that comes again with other content.",
    )
    on_unknown: str = _setting(
        th.StringType(),
        default="hold",
        allowed_values=["hold", "retry"],
        title="On unknown",
        description=(
            "What to do with a lead of which nobody knows whether it arrived: hold it for a "
            "person to resolve, or retry it (which may create it twice)."
        ),
    )
    max_rejected: int = _setting(
        th.IntegerType(minimum=0),
        default=0,
        title="Max rejected",
        description="More rejected leads in one run make it exit with code 3.",
    )
    max_rejected_ratio: float = _setting(
        th.NumberType(minimum=0, maximum=1),
        default=1.0,
        title="Max rejected ratio",
        description="A larger share of rejected leads in one run makes it exit with code 3.",
    )
    max_consecutive_failures: int = _setting(
        th.IntegerType(minimum=1),
        default=10,
        title="Max consecutive failures",
        description="So many leads in a row that could not be delivered stop the run at once.",
    )
    dead_letter_path: Path = _setting(
        th.StringType(),
        default="miimosa-leads-dead-letter.singer",
        title="Dead letter path",
        description=(
            "File for rejected records with the reason, valid as input of this target; relative "
            "to the working directory."
        ),
        read=read_path,
    )
    concurrency: int = _setting(
        th.IntegerType(minimum=1, maximum=64),
        default=4,
        title="Concurrency",
        description="Leads in flight at most; never two of the same lead. 1 keeps their order.",
    )
    dry_run: bool = _setting(
        th.BooleanType(),
        default=False,
        title="Dry run",
        description="Print what would be done; send nothing, journal nothing, emit no STATE.",
    )
    request_timeout: float = _setting(
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Request timeout",
        description="Seconds for one request and its whole answer.",
    )
    connection_retry_seconds: float = _setting(
        th.NumberType(minimum=0),
        default=180,
        title="Connection retry seconds",
        description="For how long to try again while no connection can be made.",
    )
    max_wait: float = _setting(
        th.NumberType(minimum=0),
        default=3600,
        title="Max wait",
        description="Seconds of waiting for the rate limit (429) before the run stops.",
    )
    termination_grace: float = _setting(
        th.NumberType(minimum=0),
        default=8,
        title="Termination grace",
        description="Seconds that a SIGTERM leaves to the leads in flight.",
    )
    summary_path: str | None = _setting(
        th.StringType(), title="Summary path", description=SUMMARY_PATH
    )
    user_agent: str = _setting(
        th.StringType(),
        title="User agent",
        description="Value of the User-Agent header. Default: target-miimosa-leads/version.",
        read=read_user_agent,
    )

    ignored_settings: tuple[str, ...] = _setting(
        th.ArrayType(th.StringType()),
        title="Ignored settings",
        description=(
            "Names of settings that are not this plugin's and that something else puts into its "
            "configuration. Any other unknown setting is an error."
        ),
    )

    @classmethod
    def from_config(cls, config: Mapping[str, t.Any]) -> Settings:
        """Read the settings, and check what a JSON schema cannot.

        Args:
            config: The configuration, valid against the schema, with its defaults filled in.

        Raises:
            ConfigError: If a setting is wrong.
        """
        values: dict[str, t.Any] = {}
        for each in fields(cls):
            value, read = config.get(each.name), each.metadata["read"]
            values[each.name] = value if read is None else read(value)
        settings = cls(**values)
        check_defaults(settings.defaults, settings.contract)
        _ = settings.authorization
        return settings

    @property
    def lead_url(self) -> str:
        """The URL that leads are posted to."""
        return self.api_url + PATHS[self.api_variant]

    @cached_property
    def authorization(self) -> str:
        """Value of the Authorization header."""
        return build_authorization(self.authorization_format, self.api_key)

    @cached_property
    def contract(self) -> Contract:
        """The fields of a lead in the API variant."""
        return Contract(self.api_variant)

    @cached_property
    def policy(self) -> Policy:
        """What is done with leads that are known already."""
        return Policy(self.on_changed, self.on_unknown)


CONFIG_SCHEMA: dict[str, t.Any] = th.PropertiesList(
    *(
        th.Property(each.name, each.metadata["kind"], **each.metadata["described"])
        for each in fields(Settings)
    )
).to_dict()
