"""The settings of the target: their JSON schema, and the same as one object."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from singer_sdk import typing as th

from target_miimosa_leads._kit.errors import ConfigError
from target_miimosa_leads.lead import PATHS, Contract, as_text
from target_miimosa_leads.policy import Policy

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_KEY_FIELD = "{api_key}"

CONFIG_SCHEMA: dict[str, t.Any] = th.PropertiesList(
    th.Property(
        "api_url",
        th.StringType(),
        default="https://api.miimosa.com",
        title="API URL",
        description="Base URL of the API; the path of the variant is appended.",
    ),
    th.Property(
        "api_key",
        th.StringType(),
        required=True,
        secret=True,
        title="API key",
        description="The client API key that MiiMOSA gave you.",
    ),
    th.Property(
        "authorization_format",
        th.StringType(),
        default=_KEY_FIELD,
        title="Authorization format",
        description=(
            "Value of the Authorization header. Newer documentation spells it "
            "'Token token={api_key}'."
        ),
    ),
    th.Property(
        "api_variant",
        th.StringType(),
        default="v1",
        allowed_values=list(PATHS),
        title="API variant",
        description="v1: POST /leads. older: POST /api/leads, with its additional fields.",
    ),
    th.Property(
        "journal_url",
        th.StringType(),
        default="sqlite:///miimosa-leads-journal.db",
        secret=True,
        title="Journal URL",
        description=(
            "SQLAlchemy URL of the journal: sqlite:///path (relative to the working directory, "
            "with four slashes absolute) or postgresql+psycopg://user:password@host/database."
        ),
    ),
    th.Property(
        "allow_new_journal",
        th.BooleanType(),
        default=False,
        title="Allow new journal",
        description=(
            "Begin a new journal although there are signs of earlier runs. Leads that were sent "
            "before may then be sent again."
        ),
    ),
    th.Property(
        "lead_key",
        th.ArrayType(th.StringType()),
        title="Lead key",
        description=(
            "Fields that say which lead a record is, across all streams. Default: the key "
            "properties of the stream, within the stream."
        ),
    ),
    th.Property(
        "defaults",
        th.ObjectType(additional_properties=True),
        default={},
        title="Defaults",
        description="Values for lead fields that are absent, null or empty in a record.",
    ),
    th.Property(
        "on_changed",
        th.StringType(),
        default="reject",
        allowed_values=["reject", "send"],
        title="On changed",
        description="What to do with a delivered lead that comes again with other content.",
    ),
    th.Property(
        "on_unknown",
        th.StringType(),
        default="hold",
        allowed_values=["hold", "retry"],
        title="On unknown",
        description=(
            "What to do with a lead of which nobody knows whether it arrived: hold it for a "
            "person to resolve, or retry it (which may create it twice)."
        ),
    ),
    th.Property(
        "max_rejected",
        th.IntegerType(minimum=0),
        default=0,
        title="Max rejected",
        description="More rejected leads in one run make it exit with code 3.",
    ),
    th.Property(
        "max_rejected_ratio",
        th.NumberType(minimum=0, maximum=1),
        default=1.0,
        title="Max rejected ratio",
        description="A larger share of rejected leads in one run makes it exit with code 3.",
    ),
    th.Property(
        "max_consecutive_failures",
        th.IntegerType(minimum=1),
        default=10,
        title="Max consecutive failures",
        description="So many leads in a row that could not be delivered stop the run at once.",
    ),
    th.Property(
        "dead_letter_path",
        th.StringType(),
        default="miimosa-leads-dead-letter.singer",
        title="Dead letter path",
        description=(
            "File for rejected records with the reason, valid as input of this target; relative "
            "to the working directory."
        ),
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=64),
        default=4,
        title="Concurrency",
        description="Leads in flight at most; never two of the same lead. 1 keeps their order.",
    ),
    th.Property(
        "dry_run",
        th.BooleanType(),
        default=False,
        title="Dry run",
        description="Print what would be done; send nothing, journal nothing, emit no STATE.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0),
        default=60,
        title="Request timeout",
        description="Seconds for one request and its whole answer.",
    ),
    th.Property(
        "connection_retry_seconds",
        th.NumberType(minimum=0),
        default=180,
        title="Connection retry seconds",
        description="For how long to try again while no connection can be made.",
    ),
    th.Property(
        "max_wait",
        th.NumberType(minimum=0),
        default=3600,
        title="Max wait",
        description="Seconds of waiting for the rate limit (429) before the run stops.",
    ),
    th.Property(
        "termination_grace",
        th.NumberType(minimum=0),
        default=8,
        title="Termination grace",
        description="Seconds that a SIGTERM leaves to the leads in flight.",
    ),
    th.Property(
        "user_agent",
        th.StringType(),
        title="User agent",
        description="Value of the User-Agent header. Default: target-miimosa-leads/version.",
    ),
).to_dict()


_AS_THEY_ARE = frozenset(
    {
        "journal_url", "allow_new_journal", "max_rejected", "max_rejected_ratio",
        "max_consecutive_failures", "concurrency", "dry_run", "request_timeout",
        "connection_retry_seconds", "max_wait", "termination_grace",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The configuration, checked; field names are those of the settings."""

    lead_url: str
    authorization: str
    contract: Contract
    journal_url: str
    allow_new_journal: bool
    lead_key: tuple[str, ...]
    defaults: Mapping[str, t.Any]
    policy: Policy
    max_rejected: int
    max_rejected_ratio: float
    max_consecutive_failures: int
    dead_letter_path: Path
    concurrency: int
    dry_run: bool
    request_timeout: float
    connection_retry_seconds: float
    max_wait: float
    termination_grace: float
    user_agent: str

    @classmethod
    def of(cls, config: Mapping[str, t.Any]) -> Settings:
        """Check what a JSON schema cannot.

        Args:
            config: The configuration, valid against the schema, with its defaults filled in.

        Raises:
            ConfigError: If a setting is wrong.
        """
        contract = Contract(config["api_variant"])
        version = metadata.version("target-miimosa-leads")
        # The SDK reads the numbers of a configuration file as decimals.
        same: dict[str, t.Any] = {
            name: float(config[name]) if isinstance(config[name], Decimal) else config[name]
            for name in _AS_THEY_ARE
        }
        return cls(
            **same,
            lead_url=_lead_url(config),
            authorization=_authorization(config),
            contract=contract,
            lead_key=_lead_key(config),
            defaults=_defaults(config, contract),
            policy=Policy(config["on_changed"], config["on_unknown"]),
            dead_letter_path=Path(config["dead_letter_path"]).absolute(),
            user_agent=config.get("user_agent") or f"target-miimosa-leads/{version}",
        )


def _lead_url(config: Mapping[str, t.Any]) -> str:
    base = str(config["api_url"]).strip().rstrip("/")
    try:
        parts = urlsplit(base)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            "Setting 'api_url' must be an http or https URL without user, query and fragment."
        )
    return base + PATHS[config["api_variant"]]


def _authorization(config: Mapping[str, t.Any]) -> str:
    template = str(config["authorization_format"])
    if _KEY_FIELD not in template:
        raise ConfigError("Setting 'authorization_format' must contain {api_key}.")
    key = str(config["api_key"]).strip()
    if not key:
        raise ConfigError("Setting 'api_key' is required and empty.")
    value = template.replace(_KEY_FIELD, key)
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(
            "Settings 'api_key' and 'authorization_format' must make a header of printable ASCII."
        )
    return value


def _lead_key(config: Mapping[str, t.Any]) -> tuple[str, ...]:
    names = config.get("lead_key")
    if names is None:
        return ()
    if not names or len(set(names)) != len(names) or not all(names):
        raise ConfigError("Setting 'lead_key' must name at least one field, and each one once.")
    return tuple(names)


def _defaults(config: Mapping[str, t.Any], contract: Contract) -> dict[str, t.Any]:
    given = {name: as_text(value) for name, value in (config.get("defaults") or {}).items()}
    for name, value in given.items():
        if name not in contract.fields:
            raise ConfigError(f"Setting 'defaults.{name}' is no field of a lead.")
        if not isinstance(value, str):
            raise ConfigError(f"Setting 'defaults.{name}' must be text or a number.")
        if any(problem.startswith(f"{name} ") for problem in contract.errors({name: value})):
            raise ConfigError(f"Setting 'defaults.{name}' is no value that the API documents.")
    return given
