"""The DAM face by plain HTTP, and deliveries that carry a token of an independent OAuth 2.0 server."""

import httpx
import pytest
from token_server import CLIENT_ID, CLIENT_SECRET, TokenServer

ENDPOINT = "/v1/webhooks/endpoint"


@pytest.fixture
def token_server():
    server = TokenServer()
    yield server
    server.close()


@pytest.fixture
def dam(server_url, token, app):
    """Plain HTTP with a token of the app."""
    wanted = {"name": "a customer", "app": app}
    made = httpx.post(
        f"{server_url}/api/v1/admin/token", json=wanted, headers={"authorization": f"Bearer {token}"}
    )
    assert made.status_code == 201, made.text
    with httpx.Client(base_url=server_url, headers={"x-api-key": made.json()["token"]}) as http:
        yield http


def send(server_url, token, app, number):
    message = {"eventType": "asset.created", "payload": {"number": number}}
    headers = {"authorization": f"Bearer {token}"}
    accepted = httpx.post(f"{server_url}/api/v1/app/{app}/msg", json=message, headers=headers)
    assert accepted.status_code == 202, accepted.text


def oauth(token_server, **other):
    published = {"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "tokenUrl": token_server.url, "scope": [""]}
    return published | other


def test_the_eight_operations(dam, token_server):
    made = dam.post(ENDPOINT, json=[{"url": f"http://127.0.0.1:9/{n}", "rateLimit": 5} for n in range(50)])
    assert made.status_code == 200
    ids = [one["id"] for one in made.json()]
    assert len(set(ids)) == 50
    listed = dam.get(f"{ENDPOINT}/list").json()
    assert [one["id"] for one in listed] == ids
    assert dam.get(f"{ENDPOINT}/list", params={"before": ids[1]}).json() == listed[:1]
    assert dam.get(f"{ENDPOINT}/list", params={"before": ids[1], "after": ids[0]}).status_code == 400
    assert isinstance(dam.get("/v1/webhooks/event-type/list").json(), list)
    one = f"{ENDPOINT}/{ids[0]}"
    assert dam.patch(one, json={"description": "Changed"}).status_code == 204
    expected = {
        "id": ids[0], "description": "Changed", "disabled": False, "url": "http://127.0.0.1:9/0",
        "eventTypes": [], "rateLimit": 5,
    }
    assert dam.get(one).json() == expected
    for base in ("/v1", "/content-store-v1"):
        path = f"{base}/webhooks/endpoint/oauth/{ids[0]}"
        assert dam.put(path, json=oauth(token_server)).status_code == 204
        assert dam.delete(path).status_code == 204
    assert dam.delete(one).status_code == 204
    assert dam.get(one).json().keys() == {"code", "detail"}


@pytest.mark.parametrize(
    ("method", "proof", "scope"),
    [("clientSecretPost", "body", "webhooks"), ("clientSecretBasic", "Basic", "assets")],
)
def test_deliveries_carry_one_token(dam, server_url, token, app, receiver, token_server, method, proof, scope):
    made = dam.post(ENDPOINT, json={"url": receiver.url}).json()["id"]
    wanted = oauth(token_server, authMethod=method, scope=[] if scope == "webhooks" else [scope])
    assert dam.put(f"{ENDPOINT}/oauth/{made}", json=wanted).status_code == 204
    for number in range(20):
        send(server_url, token, app, number)
    carried = {receiver.next()[0]["authorization"] for _ in range(20)}
    given = token_server.validator.given
    assert len(given) == 1 and given[0]["scope"] == scope
    assert carried == {f"Bearer {given[0]['access_token']}"}
    assert token_server.validator.proofs == [proof]
    # A receiver that refuses the token gets the same message with another one.
    receiver.statuses.put(401)
    send(server_url, token, app, 20)
    (first, body), (second, repeated) = receiver.next(), receiver.next()
    assert first["authorization"] != second["authorization"] == f"Bearer {given[1]['access_token']}"
    assert (body, first["webhook-id"]) == (repeated, second["webhook-id"])


def test_a_wrong_secret_is_the_cause(dam, server_url, token, app, receiver, token_server, eventually):
    made = dam.post(ENDPOINT, json={"url": receiver.url}).json()["id"]
    wrong = oauth(token_server, clientSecret="a wrong secret")
    assert dam.put(f"{ENDPOINT}/oauth/{made}", json=wrong).status_code == 204
    send(server_url, token, app, 0)
    path = f"{server_url}/api/v1/app/{app}/attempt/endpoint/{made}?status=2"
    headers = {"authorization": f"Bearer {token}"}
    failed = eventually("a failed attempt", lambda: httpx.get(path, headers=headers).json()["data"])
    assert failed[0]["responseStatusCode"] == 0
    assert "oauth: the token server answered 401: invalid_client" in str(failed[0])
    assert "a wrong secret" not in str(failed)
    assert receiver.nothing_more()
