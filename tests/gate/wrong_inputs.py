"""The table of wrong inputs: which program gets what, and which words its one line has.

Nothing listens at the addresses, so a request would end with another exit code than 2.
"""

from __future__ import annotations

import typing as t

MOCO, ULULE, MIIMOSA, PLEDGE, LEADS = (
    "tap-moco",
    "tap-ulule",
    "tap-miimosa",
    "tap-micropledge",
    "target-miimosa-leads",
)
TAPS = (MOCO, ULULE, MIIMOSA, PLEDGE)
ALL = (*TAPS, LEADS)
BOTH = (MOCO, LEADS)

Table = list[tuple[str | tuple[str, ...], t.Any, str]]

# programs, settings besides the necessary ones, words
SETTINGS: Table = [
    # Names
    (ALL, {"concurency": 1}, "'concurency' is not known; did you mean 'concurrency'?"),
    (ALL, {"API-URL": "http://x"}, "'API-URL' is not known; did you mean 'api_url'?"),
    (ALL, {"flatening_enabled": True}, "did you mean 'flattening_enabled'?"),
    (ALL, {"something": 1}, "'something' is not known."),
    (LEADS, {"dryrun": True}, "'dryrun' is not known; did you mean 'dry_run'?"),
    (ALL, {"a": 1, "ignored_settings": "a"}, "'ignored_settings' must be an array"),
    # Addresses
    (ALL, {"api_url": "api.example.org"}, "'api_url' must be an http or https URL"),
    (ALL, {"api_url": "ftp://api.example.org"}, "'api_url' must be an http or https URL"),
    (ALL, {"api_url": "http://127.0.0.1:99999"}, "'api_url' must be an http or https URL"),
    (ALL, {"api_url": "https://an agency.org"}, "'api_url' must be an http or https URL"),
    (
        ALL,
        {"api_url": "https://me:pass@example.org"},
        "'api_url'",
    ),
    (ALL, {"api_url": "https://example.org/?key=1"}, "'api_url'"),
    (ALL, {"api_url": 5}, "'api_url' must be text, not an integer"),
    (ALL, {"api_url": ["http://127.0.0.1:9"]}, "'api_url' must be text, not an array"),
    ((MOCO, MIIMOSA, LEADS), {"api_url": "http://example.org"}, "'api_url' must be an https URL"),
    (ULULE, {"api_url": "http://example.org", "api_key": "k3y-abc"}, "'api_url' must be an https"),
    (
        ULULE,
        {"access_token": "t0ken", "token_url": "http://example.org/token/"},
        "'token_url' must be an https URL: credentials are sent to it",
    ),
    (MOCO, {"api_url": None}, "'domain' is required and missing"),
    (MOCO, {"api_url": None, "domain": "my agency"}, "'domain' must be the account's subdomain"),
    (MOCO, {"api_url": None, "domain": "https://my.mocoapp.com"}, "'domain' must be the account's"),
    (MOCO, {"api_url": None, "domain": ""}, "'domain' is required and missing"),
    (ULULE, {"discussions_url": "discussions"}, "'discussions_url' must be an http"),
    (ULULE, {"token_url": "http://"}, "'token_url' must be an http"),
    (LEADS, {"journal_url": "postgresql+psycopg://me@127.0.0.1:port/x"}, "'journal_url'"),
    (LEADS, {"journal_url": "mysql://me@127.0.0.1/x"}, "'journal_url' must begin with"),
    (TAPS, {"budget_path": "redis://127.0.0.1/0"}, "'budget_path' must be the path of a file or"),
    (TAPS, {"budget_path": "postgresql://127.0.0.1/x"}, "'budget_path' must name the budget"),
    # Times
    (TAPS, {"retry_seconds": -1}, "'retry_seconds'"),
    (TAPS, {"request_timeout": 1e300}, "'request_timeout'"),
    # Dates
    (TAPS, {"start_date": "2017-13-45"}, "'start_date' must be an ISO date"),
    (TAPS, {"start_date": "yesterday"}, "'start_date' must be an ISO date"),
    (TAPS, {"start_date": "0001-01-01"}, "'start_date' must be an ISO date"),
    (TAPS, {"start_date": "2126-11-20"}, "'start_date' is in the future"),
    (TAPS, {"start_date": 20260131}, "'start_date' must be text"),
    (ULULE, {"api_version": "2017-13-45"}, "'api_version' must be a date"),
    (ULULE, {"api_version": "latest"}, "'api_version' must be a date"),
    (MOCO, {"report_years": [1999]}, "'report_years[0]' must be at least 2000"),
    (MOCO, {"report_years": 2026}, "'report_years' must be an array"),
    # Credentials
    (MOCO, {"api_key": ""}, "'api_key' is required and missing"),
    (MOCO, {"api_key": "", "email": "a@example.org"}, "'password' is required and missing"),
    (MOCO, {"api_key": "ключ"}, "'api_key' must be ASCII"),
    (MIIMOSA, {"api_key": ""}, "'api_key' is required"),
    (MIIMOSA, {"api_key": None}, "'api_key' is required and missing"),
    (MIIMOSA, {"api_key": "k\u00e9y"}, "'api_key' must be ASCII"),
    (MIIMOSA, {"authorization_format": "Token"}, "'authorization_format' must contain"),
    (LEADS, {"api_key": " "}, "'api_key' is required and empty"),
    (ULULE, {"api_key": "k3y", "password": "p4ss"}, "'auth_method' is missing, and 'api_key' and"),
    (ULULE, {"username": "me"}, "'password' is required and missing"),
    (ULULE, {"auth_method": "api_key"}, "'api_key' is required and missing"),
    (ULULE, {"auth_method": "oauth"}, "'auth_method' must be one of: anonymous, api_key"),
    (ULULE, {"access_token": "t\u00f6ken"}, "'access_token' must be ASCII"),
    (TAPS, {"user_agent": "\u20ac"}, "'user_agent' must be ASCII"),
    (ALL, {"user_agent": "a\nb"}, "'user_agent' must be plain text"),
    # Numbers
    (ALL, {"concurrency": 0}, "'concurrency' must be at least 1"),
    (ALL, {"concurrency": 2.5}, "'concurrency' must be an integer, not a number"),
    (ALL, {"concurrency": "4"}, "'concurrency' must be an integer, not text"),
    (ALL, {"request_timeout": 0}, "'request_timeout' must be more than 0"),
    (ALL, {"max_wait": -1}, "'max_wait' must be at least 0"),
    (ALL, {"max_wait": {}}, "'max_wait' must be a number, not an object"),
    (ALL, {"max_wait": "1 h"}, "'max_wait' must be a number, not text"),
    (ALL, {"max_wait": "nan"}, "'max_wait' must be a number, not text"),
    (TAPS, {"overlap_seconds": -5}, "'overlap_seconds' must be at least 0"),
    (TAPS, {"rate_limits": 5}, "'rate_limits' must be an array"),
    (TAPS, {"rate_limits": [{"requests": 5}]}, "'rate_limits[0].seconds' is required"),
    (TAPS, {"rate_limits": [{"requests": -1, "seconds": 1}]}, "'rate_limits'"),
    (TAPS, {"rate_limits": [[5, 1]]}, "'rate_limits[0]' must be an object"),
    (LEADS, {"max_rejected_ratio": 2}, "'max_rejected_ratio' must be at most 1"),
    # Enumerations and lists
    (TAPS, {"on_denied": "ignore"}, "'on_denied' must be one of: skip, fail"),
    (TAPS, {"on_rate_limit": ""}, "'on_rate_limit' must be one of: wait, stop"),
    (MOCO, {"plan": "Standard"}, "'plan' must be one of: standard"),
    (MIIMOSA, {"category": "fromage"}, "'category' must be one of"),
    (MIIMOSA, {"users": ["lise@example.org"]}, "'users[0]' must be an object"),
    (MIIMOSA, {"users": [{"email": "lise"}]}, "'users[0].email' must be an e-mail address"),
    (MIIMOSA, {"users": [{}]}, "'users[0].email' is required"),
    (LEADS, {"on_unknown": "maybe"}, "'on_unknown' must be one of: hold, retry"),
    (LEADS, {"lead_key": ["email", "email"]}, "'lead_key'"),
    (LEADS, {"lead_key": "email"}, "'lead_key' must be an array"),
    (LEADS, {"defaults": {"fistname": "x"}}, "'defaults.fistname'"),
    (PLEDGE, {"project_slugs": []}, "'project_slugs' is empty"),
    (PLEDGE, {"project_slugs": [""]}, "'project_slugs[0]' must be"),
    (PLEDGE, {"project_slugs": ["https://micropledge.com/projects/x"]}, "'project_slugs[0]'"),
    (PLEDGE, {"project_slugs": "my-project"}, "'project_slugs' must be an array"),
    (PLEDGE, {"project_slugs": [None]}, "'project_slugs[0]' must be text"),
    (ULULE, {"search_query": None}, "there is no project to read"),
    (ULULE, {"project_ids": ["a/b"]}, "'project_ids[0]' must be an id"),
    (ULULE, {"project_ids": [True]}, "'project_ids[0]' must be an integer or text"),
    (ULULE, {"partner_slugs": [".."]}, "'partner_slugs[0]' must be an id"),
    (ULULE, {"user_ids": ["me"]}, "'user_ids' says me"),
    (TAPS, {"batch_config": {"storage": {}}}, "'batch_config' is not supported"),
    # Flattening
    (ALL, {"flattening_enabled": True}, "'flattening_max_depth' is required and missing"),
    (ALL, {"flattening_max_depth": -1}, "'flattening_max_depth' must be at least 0"),
    (ALL, {"flattening_enabled": "yes"}, "'flattening_enabled' must be true or false"),
]

# programs, stream maps, words; "contacts" of tap-moco has "lastname" and "company"
STREAM_MAPS: Table = [
    (ALL, [], "'stream_maps' must be an object"),
    (ALL, {"contacts": 5}, "'stream_maps.contacts' must be an object, null or __NULL__"),
    (ALL, {"contacts": {"x": 5}}, "'stream_maps.contacts.x' must be text, null or __NULL__"),
    (BOTH, {"contacts": {"x": ""}}, "'stream_maps.contacts.x' is not an expression"),
    (BOTH, {"contacts": {"x": "record["}}, "'stream_maps.contacts.x' is not an expression"),
    (BOTH, {"contacts": {"x": "y = 1"}}, "'stream_maps.contacts.x' is not an expression"),
    (BOTH, {"contacts": {"x": "md4(id)"}}, "calls 'md4', which is not a function there; did you"),
    (BOTH, {"contacts": {"x": "len(id)"}}, "calls 'len', which is not a function"),
    (BOTH, {"contacts": {"x": "(lambda: 1)()"}}, "calls what is not a function"),
    (BOTH, {"contacts": {"x": "datetime.dattime.now()"}}, "uses '.dattime'"),
    (BOTH, {"contacts": {"x": "id.__class__"}}, "uses '.__class__'"),
    (BOTH, {"contacts": {"x": "'{}'.format(id)"}}, "uses '.format'"),
    (BOTH, {"contacts": {"x": "id @ 2"}}, "uses the operator MatMult"),
    (
        BOTH,
        {"contacts": {"x": "config['salt']"}},
        "uses 'salt', which 'stream_map_config' does not",
    ),
    (
        BOTH,
        {"contacts": {"__filter__": "email ~ 1"}},
        "'stream_maps.contacts.__filter__' is not an",
    ),
    (BOTH, {"contacts": {"__filtre__": "id"}}, "is not an option of stream maps; did you mean"),
    (BOTH, {"contacts": {"__else__": "x"}}, "'stream_maps.contacts.__else__' must be null or"),
    (ALL, {"__else__": "x"}, "'stream_maps.__else__' must be null or __NULL__"),
    (ALL, {"__alias__": {}}, "'stream_maps.__alias__' is not an option"),
    (
        ALL,
        {"contacts": {"__alias__": "1 + 1"}},
        "'stream_maps.contacts.__alias__' must be the name",
    ),
    (BOTH, {"contacts": {"__alias__": "a b"}}, "'stream_maps.contacts.__alias__' must be the name"),
    (BOTH, {"contacts": {"__key_properties__": "id"}}, "__key_properties__' must be an array"),
    (TAPS, {"kontacts": {"x": "id"}}, "'kontacts' is not a stream"),
    (TAPS, {"kontacts": None}, "'kontacts' is not a stream"),
    (TAPS, {"leads": {"__source__": "kontacts"}}, "'kontacts' is not a stream"),
    (TAPS, {"*zz": {"x": "id"}}, "'*zz' is not a stream"),
    (MOCO, {"kontacts": {"x": "id"}}, "did you mean 'contacts'?"),
    (MOCO, {"contacts": {"x": "lastnme"}}, "uses 'lastnme', which is not a field"),
    (MOCO, {"contacts": {"x": "record['lastnme']"}}, "did you mean 'lastname'?"),
    (MOCO, {"contacts": {"x": "record.lastnme"}}, "did you mean 'lastname'?"),
    (MOCO, {"contacts": {"x": "_['company']['nmae']"}}, "uses 'nmae'"),
    (MOCO, {"contacts": {"x": "self"}}, "uses 'self'"),
    (MOCO, {"contacts": {"lastnme": None}}, "'stream_maps.contacts.lastnme' removes what is not a"),
    (MOCO, {"*": {"lastnme": "__NULL__"}}, "'stream_maps.*.lastnme' removes what is not a field"),
    (MOCO, {"contacts": {"__key_properties__": ["nope"]}}, "the key field 'nope' is not among"),
    (MOCO, {"contacts": {"id": None}}, "the key field 'id' is not among"),
    (MOCO, {"contacts": {"__else__": None, "x": "id"}}, "the key field 'id' is not among"),
]

_SCHEMA: dict[str, t.Any] = {"properties": {"id": {"type": "integer"}}}


def _entry(name: str, metadata: object = None, **more: object) -> dict[str, t.Any]:
    root = {"breadcrumb": [], "metadata": metadata or {"selected": True}}
    return {"tap_stream_id": name, "schema": _SCHEMA, "metadata": [root], **more}


def _catalog(**more: object) -> dict[str, t.Any]:
    return {"streams": [_entry("contacts", **more)]}  # type: ignore[arg-type]


_FIELD: dict[str, t.Any] = {"breadcrumb": ["properties", "id"], "metadata": {}}

# programs, catalog, words
CATALOGS: Table = [
    (TAPS, "{", "--catalog is not a JSON object"),
    (TAPS, "", "--catalog is not a JSON object"),
    (TAPS, [], "--catalog is not a JSON object"),
    (TAPS, {"foo": 1}, "'streams' must be a list of objects"),
    (TAPS, {"streams": "x"}, "'streams' must be a list of objects"),
    (TAPS, {"streams": [{"stream": "x", "schema": {}}]}, "'streams[0]' has no 'tap_stream_id'"),
    (TAPS, {"streams": [_entry("nosuch")]}, "has none of the streams of this tap"),
    (MOCO, {"streams": [{"tap_stream_id": "contacts"}]}, "stream 'contacts' has no 'schema'"),
    (MOCO, _catalog(schema={"properties": []}), "no usable 'properties'"),
    (MOCO, _catalog(schema={"properties": {"id": "integer"}}), "no usable 'properties'"),
    (MOCO, {"streams": [_entry("contacts"), _entry("contacts")]}, "'contacts' comes twice"),
    (MOCO, _catalog(metadata={"selected": False}), "selects none of the streams"),
    (
        MOCO,
        _catalog(metadata={"selected": "false"}),
        "'selected' in stream 'contacts' must be true",
    ),
    (MOCO, _catalog(metadata={"inclusion": "sometimes"}), "'inclusion' in stream 'contacts'"),
    (MOCO, _catalog(replication_method="SOMETIMES"), "replication method of stream 'contacts'"),
    (MOCO, _catalog(replication_key="lastname"), "replication key of stream 'contacts' must be"),
    (MOCO, _catalog(metadata={"selected": True, "replication-key": "x"}), "must be 'updated_at'"),
    (MOCO, {"streams": [_entry("profile", replication_key="id")]}, "must be left out: it has none"),
    (MOCO, _catalog(key_properties="id"), "'key_properties' of stream 'contacts'"),
    (MOCO, _catalog(key_properties=["nope"]), "the key of stream 'contacts'"),
    (MOCO, _catalog(stream=5), "'stream' of stream 'contacts' must be text"),
    (
        MOCO,
        {"streams": [_entry("contacts") | {"metadata": {"selected": True}}]},
        "the 'metadata' of stream 'contacts'",
    ),
    (
        MOCO,
        {"streams": [_entry("contacts") | {"metadata": [_FIELD | {"breadcrumb": "id"}]}]},
        "the 'metadata' of stream 'contacts'",
    ),
    (
        MOCO,
        {"streams": [_entry("contacts") | {"metadata": [_FIELD | {"breadcrumb": [["id"]]}]}]},
        "the 'metadata' of stream 'contacts'",
    ),
]


def _state(key: object, value: object, stream: str = "contacts") -> dict[str, t.Any]:
    return {"bookmarks": {stream: {"replication_key": key, "replication_key_value": value}}}


# programs, state, words
STATES: Table = [
    (TAPS, "{", "--state is not the state of a Singer tap"),
    (TAPS, [], "--state is not the state of a Singer tap"),
    (TAPS, {"bookmarks": []}, "--state is not the state of a Singer tap"),
    (TAPS, {"bookmarks": {"x": "y"}}, "--state is not the state of a Singer tap"),
    (MOCO, _state("updated_at", "yesterday"), "'replication_key_value' must be an ISO timestamp"),
    (MOCO, _state("updated_at", 12345), "'replication_key_value' must be an ISO timestamp"),
    (MOCO, _state("updated_at", "2126-11-20T00:00:00Z"), "not in the future"),
    (MOCO, _state("updated_at", "2017-13-45T00:00:00Z"), "must be an ISO timestamp"),
    (MOCO, _state("id", "5"), "'replication_key' must be 'updated_at'"),
    (ULULE, _state("id", "5", "project_comments"), "in the state of 'project_comments'"),
]

# programs, environment variables (after the prefix), words
VARIABLES: Table = [
    (ALL, {"CONCURRENCY": "many"}, "'concurrency' ({}CONCURRENCY) must be"),
    (ALL, {"CONCURRENCY": "0"}, "'concurrency' ({}CONCURRENCY) must be at least 1"),
    (ALL, {"MAX_WAIT": "nan"}, "'max_wait' ({}MAX_WAIT) must be"),
    (ALL, {"API_URL": "example.org"}, "'api_url' ({}API_URL) must be an http"),
    (ALL, {"FLATTENING_ENABLED": "ja"}, "'flattening_enabled' ({}FLATTENING_ENABLED) must be"),
    (ALL, {"STREAM_MAPS": "contacts"}, "'stream_maps' ({}STREAM_MAPS) must be"),
    (ALL, {"CONCURENCY": "4"}, "'{}CONCURENCY' is not a setting; did you mean '{}CONCURRENCY'?"),
    (TAPS, {"RATE_LIMITS": "5"}, "'rate_limits' ({}RATE_LIMITS) must be"),
    (LEADS, {"DRY_RUN": "y"}, "'dry_run' ({}DRY_RUN) must be"),
    (LEADS, {"DRYRUN": "true"}, "'{}DRYRUN' is not a setting; did you mean '{}DRY_RUN'?"),
]
