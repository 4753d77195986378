"""Speaks to a running sandbox with the right credentials, unless a test gives others."""

from __future__ import annotations

import typing as t

import requests

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

LEAD = {
    "email": "lise.morvan@example.org",
    "firstname": "Lise",
    "lastname": "Morvan",
    "phone": "+33 6 39 98 00 03",
    "collect_type": "donation",
    "project_description": "Replanter un verger",
    "project_total_budget": "18000",
    "publication_timeframe": "next_months",
}

MOCO = {"Authorization": "Token token=sandbox-moco-key"}
ULULE = {"Authorization": "ApiKey sandbox-ulule-key", "Ulule-Version": "2017-10-10"}
MIIMOSA = {"Authorization": "sandbox-miimosa-key"}


class Client:
    """Asks a running sandbox with the right credentials, unless a test gives others."""

    def __init__(self, box: RunningSandbox) -> None:
        self.box = box
        self._session = requests.Session()

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, headers: dict[str, str], **query: object) -> requests.Response:
        params = {name.rstrip("_"): str(value) for name, value in query.items()}
        url = path if path.startswith("http") else self.box.url + path
        return self._session.get(url, headers=headers, params=params, timeout=60)

    def moco(self, path: str, **query: object) -> requests.Response:
        return self.get(f"/moco/api/v1{path}", MOCO, **query)

    def ulule(self, path: str, version: str = "2017-10-10", **query: object) -> requests.Response:
        return self.get(f"/ulule/v1{path}", ULULE | {"Ulule-Version": version}, **query)

    def stranger(
        self, path: str, version: str = "2017-10-10", **query: object
    ) -> requests.Response:
        return self.get(f"/ulule/v1{path}", {"Ulule-Version": version}, **query)

    def miimosa(self, path: str, **query: object) -> requests.Response:
        return self.get(f"/miimosa{path}", MIIMOSA, **query)

    def lead(self, body: object, path: str = "/leads") -> requests.Response:
        url = f"{self.box.url}/miimosa{path}"
        return self._session.post(url, headers=MIIMOSA, json=body, timeout=60)

    def records(self, api: str, stream: str) -> list[dict[str, t.Any]]:
        found = self.box.control("GET", f"/world/{api}/{stream}")["records"]
        assert isinstance(found, list)
        return found
