"""Ulule's credentials, tokens, versions and languages."""

from __future__ import annotations

import base64
import time
import typing as t

import pytest
import requests

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client

USER, KEY = "agence-exemple", "sandbox-ulule-key"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        f"ApiKey {KEY}",
        f"apikey {USER}:{KEY}",
        f"APIKey {KEY}",
        basic(USER, "sandbox-ulule-password"),
    ],
)
def test_every_spelling_of_the_credentials_logs_in(client: Client, header: str) -> None:
    response = client.get("/ulule/v1/me", {"Authorization": header})

    assert response.json()["username"] == USER
    assert response.json()["email"]


def test_me_needs_credentials(client: Client) -> None:
    assert client.stranger("/me").status_code == 401
    assert client.get("/ulule/v1/me", {"Authorization": "ApiKey wrong"}).status_code == 401


def test_wrong_credentials_are_ignored_before_and_refused_from_a_version_on(
    client: Client,
) -> None:
    headers = {"Authorization": "ApiKey wrong"}
    project = client.records("ulule", "search_projects")[0]["id"]
    path = f"/ulule/v1/projects/{project}"

    before = client.get(path, headers | {"Ulule-Version": "2020-10-06"})
    after = client.get(path, headers | {"Ulule-Version": "2020-10-07"})

    assert before.json() == client.stranger(f"/projects/{project}", "2020-10-06").json()
    assert after.status_code == 401


def token(client: Client, path: str = "/oauth2/token/", **form: str) -> requests.Response:
    credentials = basic("sandbox-ulule-client", "sandbox-ulule-secret")
    return requests.post(
        f"{client.box.url}/ulule{path}",
        data=form,
        headers={"Authorization": credentials.replace("Basic", "basic")},
        timeout=60,
    )


def password_grant(client: Client, path: str = "/oauth2/token/") -> requests.Response:
    return token(client, path, grant_type="password", username=USER,
                 password="sandbox-ulule-password")  # fmt: skip


def bearer(client: Client, answer: dict[str, t.Any], path: str = "/me") -> int:
    header = {"Authorization": f"Bearer {answer['access_token']}"}
    return client.get(f"/ulule/v1{path}", header).status_code


def test_a_token_is_granted_for_a_password_and_refreshed(client: Client) -> None:
    granted = password_grant(client).json()
    refreshed = token(client, grant_type="refresh_token", refresh_token=granted["refresh_token"])

    assert granted["expires_in"] == 36000
    assert bearer(client, granted) == 200
    assert "refresh_token" not in refreshed.json()
    assert bearer(client, refreshed.json()) == 200


def test_the_slash_of_the_token_endpoint_is_required(client: Client) -> None:
    assert password_grant(client, "/oauth2/token").status_code == 404


def test_a_token_expires(client: Client) -> None:
    client.box.control("PUT", "/options", {"ulule_expires_in": 1})
    answer = password_grant(client).json()
    assert answer["expires_in"] == 1
    deadline = time.monotonic() + 60
    while bearer(client, answer) == 200 and time.monotonic() < deadline:
        time.sleep(0.05)

    assert bearer(client, answer) == 401


def test_wrong_passwords_and_clients_get_no_token(client: Client) -> None:
    wrong = token(client, grant_type="password", username=USER, password="other")
    stranger = requests.post(f"{client.box.url}/ulule/oauth2/token/", timeout=60)

    assert wrong.status_code == 401
    assert stranger.status_code == 401


def keys(client: Client, path: str, version: str, **query: object) -> set[str]:
    return set(client.ulule(path, version, **query).json())


def project_with(client: Client, name: str) -> str:
    """The path of an online project that has something."""
    rows = client.records("ulule", "projects")
    row = next(row for row in rows if row["is_online"] and row[name])
    return f"/projects/{row['id']}"


@pytest.mark.parametrize(
    ("name", "version"), [("rewards", "2019-04-11"), ("user_role", "2019-04-11")]
)
def test_some_keys_need_extra_fields_from_a_version_on(
    client: Client, name: str, version: str
) -> None:
    path = project_with(client, "rewards")

    assert name in keys(client, path, "2019-04-10")
    assert name not in keys(client, path, version)
    assert name in keys(client, path, version, extra_fields=f"user_role,{name}")


def test_unknown_extra_fields_are_refused_from_a_version_on(client: Client) -> None:
    path = project_with(client, "rewards")

    assert client.ulule(path, "2019-03-06", extra_fields="nonsense").status_code == 200
    assert client.ulule(path, "2019-03-07", extra_fields="nonsense").status_code == 422


def test_search_rows_lose_keys_with_a_version(client: Client) -> None:
    before = client.ulule("/search/projects", "2019-03-05").json()["projects"][0]
    after = client.ulule("/search/projects", "2019-03-06").json()["projects"][0]
    asked = client.ulule("/search/projects", "2019-03-06", extra_fields="owner").json()

    assert set(before) - set(after) == {"main_image", "main_tag", "owner", "user_role"}
    assert "owner" in asked["projects"][0]


@pytest.mark.parametrize(
    ("name", "version"), [("main_image", "2020-04-08"), ("video", "2020-11-10")]
)
def test_images_and_videos_become_objects_by_language(
    client: Client, name: str, version: str
) -> None:
    path = project_with(client, name)
    before = client.ulule(path, "2020-04-07" if name == "main_image" else "2020-11-09").json()[name]
    after = client.ulule(path, version).json()[name]

    assert list(after.values()) == [before]
    assert len(next(iter(after))) == 2


def test_the_delivery_of_a_reward_changes_its_shape_three_times(client: Client) -> None:
    path = project_with(client, "rewards") + "/rewards"

    def delivered(version: str) -> tuple[t.Any, t.Any]:
        reward = client.ulule(path, version).json()["rewards"][0]
        return reward.get("date_delivery"), reward.get("delivery", {}).get("date_delivery")

    moment = delivered("2017-10-10")[0]
    assert delivered("2018-04-17") == (moment[:10], None)
    assert delivered("2019-11-13") == (None, moment[:10])
    assert delivered("2020-01-27") == (None, moment[:7])


def test_without_a_version_the_oldest_shape_is_served(client: Client) -> None:
    path = project_with(client, "rewards")
    legacy = client.get(f"/ulule/v1{path}", {}).json()

    assert legacy["type"] in {1, 2}
    assert {"name_fr", "name_de", "subtitle_pt", "time_left"} <= set(legacy)
    assert "name" not in legacy
    assert isinstance(legacy["owner"]["description"], str)
    row = client.get("/ulule/v1/search/projects", {}).json()["projects"][0]
    assert {"status", "percent", "name_fr"} <= set(row)
    assert "name_fr" in legacy["main_tag"]
    assert isinstance(client.ulule(path).json()["main_tag"]["name"], dict)


def test_without_a_version_orders_have_numbers_for_status_and_totals(client: Client) -> None:
    order = client.records("ulule", "project_orders")[0]
    ours = client.ulule("/partners/agence-exemple/projects").json()["projects"]
    project = max(ours, key=lambda row: int(row["nb_products_sold"]))
    path = f"/ulule/v1/projects/{project['id']}/orders"

    legacy = client.get(path, {"Authorization": f"ApiKey {KEY}"}).json()["orders"][0]

    assert isinstance(order["status"], str)
    assert isinstance(legacy["status"], int)
    assert isinstance(legacy["order_total"], float)
    assert legacy["status_display"]


def test_texts_come_in_the_main_language_in_one_more_or_in_all(client: Client) -> None:
    path = project_with(client, "main_image")
    plain = client.ulule(path).json()
    main = plain["lang"]
    other = "en"

    assert set(plain["name"]) == {main}
    assert set(client.ulule(path, lang=other).json()["name"]) == {main, other}
    everything = client.ulule(path, lang="all").json()["name"]
    assert len(everything) == 8
    assert everything["ca"] == ""
    assert "ca" not in client.ulule(path, "2019-11-07", lang="all").json()["name"]


def test_a_language_moves_the_addresses_and_an_unknown_one_is_not_implemented(
    client: Client,
) -> None:
    path = project_with(client, "main_image")

    assert client.ulule(path, lang="de").json()["absolute_url"].startswith("https://de.ulule.com/")
    assert client.ulule(path, lang="xx").status_code == 501


def test_a_project_that_is_not_online_is_hidden_from_strangers_at_first(client: Client) -> None:
    offline = next(row for row in client.records("ulule", "projects") if not row["is_online"])
    path = f"/projects/{offline['id']}"

    assert client.stranger(path).status_code == 404
    assert client.stranger(path, "2018-10-04").status_code == 200
    assert client.ulule(path).status_code == 200
    assert client.ulule(path).json()["fields_needed"]
    assert "fields_needed" not in client.ulule(path, "2020-08-13").json()


def test_nobody_sees_a_strangers_mail_address(client: Client) -> None:
    for stream in ("project_comments", "project_supporters"):
        rows = client.records("ulule", stream)
        assert not any("email" in (row.get("user") or row) for row in rows)
