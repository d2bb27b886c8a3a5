"""The published Python verifiers accept what arrives: before, during and after a change of secret."""

import httpx
import pytest
import standardwebhooks
import svix.webhooks

PAYLOAD = '{"name":"Zoë",  "price": 1.50, "large": 12345678901234567890, "escaped":"\\u00e9"}'


@pytest.fixture
def deliver(server_url, token, app, endpoint, receiver):
    """Posts the payload as it stands, and gives back what arrived."""

    def send():
        body = '{"eventType":"asset.created","payload":' + PAYLOAD + "}"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        answer = httpx.post(f"{server_url}/api/v1/app/{app}/msg", content=body.encode(), headers=headers)
        assert answer.status_code == 202, answer.text
        arrived = receiver.next()
        assert arrived[1] == PAYLOAD.encode()
        return arrived

    return send


@pytest.fixture
def rotate(server_url, token, svix, app, endpoint):
    """Changes the secret and gives back the new one."""

    def change(grace_seconds):
        url = f"{server_url}/api/v1/app/{app}/endpoint/{endpoint}/secret/rotate"
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(url, json={"gracePeriodSeconds": grace_seconds}, headers=headers)
        assert answer.is_success, answer.text
        return svix.endpoint.get_secret(app, endpoint).key

    return change


def verifies(key, arrived):
    """What both verifiers say; they have to agree."""
    headers, body = arrived
    said = []
    for verifier in (standardwebhooks.Webhook(key), svix.webhooks.Webhook(key)):
        try:
            verifier.verify(body, headers)
            said.append(True)
        except standardwebhooks.WebhookVerificationError:
            said.append(False)
    assert said[0] == said[1]
    return said[0]


def test_the_published_verifiers_accept_a_delivery_and_refuse_a_changed_one(svix, app, endpoint, deliver):
    key = svix.endpoint.get_secret(app, endpoint).key
    headers, body = deliver()
    assert verifies(key, (headers, body))
    assert not verifies(key, (headers, body.replace(b"1.50", b"1.5")))
    assert not verifies("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", (headers, body))


def test_old_and_new_secret_both_verify_during_a_rotation(svix, app, endpoint, deliver, rotate):
    old = svix.endpoint.get_secret(app, endpoint).key
    assert verifies(old, deliver())
    new = rotate(3600)
    arrived = deliver()
    assert old != new and verifies(old, arrived) and verifies(new, arrived)


def test_after_a_rotation_only_the_new_secret_verifies(svix, app, endpoint, deliver, rotate):
    old = svix.endpoint.get_secret(app, endpoint).key
    new = rotate(0)
    arrived = deliver()
    assert verifies(new, arrived) and not verifies(old, arrived)


def test_every_attempt_is_signed_for_itself_under_the_same_id(svix, app, endpoint, deliver, receiver):
    key = svix.endpoint.get_secret(app, endpoint).key
    receiver.statuses.put(500)
    first = deliver()
    second = receiver.next()
    assert verifies(key, first) and verifies(key, second)
    assert first[0]["webhook-id"] == second[0]["webhook-id"] and first[1] == second[1]
