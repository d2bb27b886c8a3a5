"""What none of the published clients asks, asked by plain HTTP."""

import json
from datetime import datetime, timedelta, timezone


def test_an_attempt_is_counted_and_its_headers_are_shown(plain, app, endpoint, receiver, eventually):
    sent = plain.post(f"/app/{app}/msg", json={"eventType": "asset.created", "payload": {"n": 1}}).json()["id"]
    receiver.next()
    attempt = eventually("the attempt", lambda: plain.get(f"/app/{app}/attempt/msg/{sent}").json()["data"])[0]
    shown = plain.get(f"/app/{app}/msg/{sent}/attempt/{attempt['id']}/headers")
    assert shown.status_code == 200, shown.text
    assert shown.json()["sentHeaders"]["webhook-id"] == sent
    counted = plain.get(f"/app/{app}/attempt/endpoint/{endpoint}/count")
    assert (counted.status_code, counted.json()["count"]) == (200, 1)
    by_event_type = plain.get(f"/app/{app}/stats/attempts")
    assert by_event_type.status_code == 200, by_event_type.text
    over_time = plain.get(f"/stats/app/{app}/attempt", params={"period": "OneHour"})
    assert over_time.status_code == 200, over_time.text
    assert {"successCount", "failureCount"} <= over_time.json()["data"].keys()


def test_an_endpoint_gets_and_loses_its_oauth(plain, app, endpoint):
    path = f"/app/{app}/endpoint/{endpoint}/oauth"
    wanted = {
        "grantType": "clientCredentials",
        "authMethod": "clientSecretBasic",
        "clientId": "wirepost",
        "clientSecret": "a-secret-of-the-tests",
        "tokenUrl": "https://identity.example/token",
    }
    assert plain.put(path, json=wanted).status_code == 204
    for shown in (plain.get(path), plain.get(f"{path}-config")):
        assert shown.status_code == 200 and "wirepost" in shown.text, shown.text
        assert "a-secret-of-the-tests" not in shown.text
    assert plain.delete(path).status_code == 204


def test_what_is_pending_is_canceled(plain, app):
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
    later = {"eventType": "asset.created", "payload": {"n": 1}, "deliverAt": tomorrow}
    url = "https://hooks.example/in"
    endpoint = plain.post(f"/app/{app}/endpoint", json={"url": url}).json()["id"]
    assert plain.post(f"/app/{app}/msg", json=later).status_code == 202
    stats = lambda: plain.get(f"/app/{app}/endpoint/{endpoint}/stats").json()
    assert (stats()["pending"], stats()["canceled"]) == (1, 0)
    canceled = plain.post(f"/app/{app}/endpoint/{endpoint}/cancel-msgs", json={"createdBefore": tomorrow})
    assert (canceled.status_code, canceled.content) == (204, b"")
    assert (stats()["pending"], stats()["canceled"]) == (0, 1)


def test_a_batch_is_accepted_line_by_line(plain, app):
    lines = [json.dumps({"eventType": "asset.created", "payload": {"n": number}}) for number in (1, 2)]
    headers = {"content-type": "application/x-ndjson"}
    answer = plain.post(f"/app/{app}/msg/batch", content="\n".join(lines), headers=headers)
    assert answer.status_code == 202 and len(answer.json()["data"]) == 2, answer.text


def test_the_catalogue_is_exported_as_openapi(plain):
    name = "asset.exported-by-plain-http"
    plain.put(f"/event-type/{name}", json={"description": "of this test"})
    exported = plain.get("/event-type/export/openapi")
    assert exported.status_code == 200 and name in exported.json()["webhooks"], exported.text


def test_health_is_told_without_a_body(plain):
    assert plain.get("/health/ping").status_code == 204
