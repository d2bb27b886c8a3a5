"""The published Python client against our server: create, get, list, change and delete."""

import uuid
from datetime import datetime, timedelta, timezone

import pytest
from svix.api import (
    ApplicationListOptions,
    BackgroundTaskListOptions,
    EventTypeListOptions,
    MessageAttemptListAttemptedMessagesOptions,
    MessageAttemptListByMsgOptions,
    MessageCreateOptions,
    MessageListOptions,
)
from svix.api.message import message_in_raw
from svix.exceptions import HttpError, HTTPValidationError
from svix.models import (
    ApplicationIn,
    ApplicationPatch,
    AppPortalAccessIn,
    AppPortalCapability,
    BackgroundTaskStatus,
    BackgroundTaskType,
    BulkReplayIn,
    EndpointHeadersIn,
    EndpointHeadersPatchIn,
    EndpointIn,
    EndpointPatch,
    EndpointSecretRotateIn,
    EndpointUpsertIn,
    EventExampleIn,
    EventTypeImportOpenApiIn,
    EventTypeIn,
    EventTypePatch,
    EventTypeUpsertIn,
    MessageIn,
    MessageStatus,
    RecoverIn,
    ReplayIn,
)


@pytest.fixture
def event_type(svix):
    """The name of a fresh event type."""
    name = f"asset.{uuid.uuid4().hex}"
    svix.event_type.create(
        EventTypeIn(name=name, description="of this test", schemas={"1": {"type": "object", "examples": [{"n": 7}]}})
    )
    return name


def status_of(call):
    with pytest.raises(HttpError) as refused:
        call()
    return refused.value.status_code


def test_apps(svix):
    uid = f"app-{uuid.uuid4()}"
    made = svix.application.create(ApplicationIn(name="First", uid=uid, throttle_rate=50, metadata={"tier": "gold"}))
    assert (made.uid, made.throttle_rate, made.metadata) == (uid, 50, {"tier": "gold"})
    assert status_of(lambda: svix.application.create(ApplicationIn(name="Again", uid=uid))) == 409
    assert svix.application.get_or_create(ApplicationIn(name="Again", uid=uid)).id == made.id
    assert svix.application.get(uid).id == made.id
    patched = svix.application.patch(uid, ApplicationPatch(name="Renamed", throttle_rate=None))
    assert (patched.name, patched.throttle_rate) == ("Renamed", None)
    assert svix.application.upsert(uid, ApplicationIn(name="Put", uid=uid)).name == "Put"
    page = svix.application.list(ApplicationListOptions(limit=1))
    assert len(page.data) == 1 and page.iterator == page.data[0].id
    svix.application.delete(uid)
    assert status_of(lambda: svix.application.get(uid)) == 404


def test_endpoints(svix, app, event_type):
    url = "https://hooks.example/in"
    wanted = EndpointIn(url=url, uid="inbox", event_types=[event_type], channels=["north"], throttle_rate=9)
    made = svix.endpoint.create(app, wanted)
    assert (made.event_types, made.channels, made.throttle_rate) == ([event_type], ["north"], 9)
    with pytest.raises(HTTPValidationError):
        svix.endpoint.create(app, EndpointIn(url=url, event_types=["nobody.knows"]))
    with pytest.raises(HTTPValidationError):
        svix.endpoint.create(app, EndpointIn(url="http://10.0.0.1/"))
    assert svix.endpoint.get(app, "inbox").id == made.id
    patched = svix.endpoint.patch(app, made.id, EndpointPatch(disabled=True, event_types=None, throttle_rate=None))
    assert (patched.disabled, patched.event_types, patched.throttle_rate) == (True, None, None)
    second = svix.endpoint.upsert(app, "second", EndpointUpsertIn(url=url, description="Second"))
    assert (second.uid, second.description) == ("second", "Second")
    assert {one.id for one in svix.endpoint.list(app).data} == {made.id, second.id}
    svix.endpoint.delete(app, "second")
    assert status_of(lambda: svix.endpoint.get(app, "second")) == 404


def test_headers_and_secret(svix, app, endpoint):
    svix.endpoint.set_headers(app, endpoint, EndpointHeadersIn(headers={"x-one": "1", "authorization": "s"}))
    svix.endpoint.patch_headers(
        app, endpoint, EndpointHeadersPatchIn(headers={"x-two": "2"}, delete_headers=["x-one"])
    )
    shown = svix.endpoint.get_headers(app, endpoint)
    assert (shown.headers, list(shown.sensitive)) == ({"x-two": "2"}, ["authorization"])
    key = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    assert svix.endpoint.get_secret(app, endpoint).key.startswith("whsec_")
    assert svix.endpoint.rotate_secret(app, endpoint, EndpointSecretRotateIn(key=key)).key == key
    assert svix.endpoint.get_secret(app, endpoint).key == key


def test_event_types(svix, event_type):
    assert status_of(lambda: svix.event_type.create(EventTypeIn(name=event_type, description="Again"))) == 409
    assert svix.event_type.get(event_type).schemas["1"]["type"] == "object"
    assert svix.event_type.patch(event_type, EventTypePatch(description="Patched")).description == "Patched"
    assert svix.event_type.upsert(event_type, EventTypeUpsertIn(description="Put")).description == "Put"
    svix.event_type.delete(event_type)

    def listed(include_archived):
        options = EventTypeListOptions(limit=250, include_archived=include_archived)
        return event_type in {one.name for one in svix.event_type.list(options).data}

    assert not listed(False) and listed(True)


def test_messages_attempts_and_a_resend(svix, app, endpoint, receiver, eventually):
    receiver.statuses.put(500)
    receiver.statuses.put(500)
    wanted = MessageIn(
        event_type="asset.created", payload={"n": 1}, event_id="event-1", channels=["north"], tags=["urgent"]
    )
    sent = svix.message.create(app, wanted, MessageCreateOptions(with_content=True))
    assert (sent.payload, sent.event_id) == ({"n": 1}, "event-1")
    assert status_of(lambda: svix.message.create(app, wanted)) == 409
    assert svix.message.get(app, "event-1").id == sent.id
    options = MessageListOptions(tag="urgent", channel="north", event_types=["asset.created"])
    assert [one.id for one in svix.message.list(app, options).data] == [sent.id]

    def standing():
        return svix.message_attempt.list_attempted_destinations(app, sent.id).data[0].status

    eventually("the failure", lambda: standing() == MessageStatus.FAIL)
    svix.message_attempt.resend(app, sent.id, endpoint)
    eventually("the success", lambda: standing() == MessageStatus.SUCCESS)
    attempts = svix.message_attempt.list_by_msg(app, sent.id).data
    assert [one.response_status_code for one in attempts] == [204, 500, 500]
    failed = MessageAttemptListByMsgOptions(status=MessageStatus.FAIL, endpoint_id=endpoint)
    assert len(svix.message_attempt.list_by_msg(app, sent.id, failed).data) == 2
    assert len(svix.message_attempt.list_by_endpoint(app, endpoint).data) == 3
    assert svix.message_attempt.get(app, sent.id, attempts[0].id).status == MessageStatus.SUCCESS
    stats = svix.endpoint.get_stats(app, endpoint)
    assert (stats.success, stats.pending) == (1, 0)
    assert {receiver.next()[0]["webhook-id"] for _ in attempts} == {sent.id}
    svix.message.expunge_content(app, sent.id)
    assert status_of(lambda: svix.message_attempt.resend(app, sent.id, endpoint)) == 400


def test_what_failed_is_recovered_and_the_rest_is_sent_again(svix, app, endpoint, receiver, eventually):
    since = datetime.now(timezone.utc) - timedelta(hours=1)
    receiver.statuses.put(500)
    receiver.statuses.put(500)
    sent = svix.message.create(app, MessageIn(event_type="asset.created", payload={"n": 1}))

    def stands_at(status):
        page = svix.message_attempt.list_attempted_destinations(app, sent.id)
        return page.data[0].status == status

    def ended(begun):
        assert begun.status == BackgroundTaskStatus.RUNNING
        look = lambda: svix.background_task.get(begun.id).status == BackgroundTaskStatus.FINISHED
        eventually("the end of the task", look)
        return svix.background_task.get(begun.id)

    eventually("the failure", lambda: stands_at(MessageStatus.FAIL))
    recovered = ended(svix.endpoint.recover(app, endpoint, RecoverIn(since=since)))
    assert (recovered.task, recovered.data["messagesSent"]) == (BackgroundTaskType.ENDPOINT_RECOVER, 1)
    eventually("the success", lambda: stands_at(MessageStatus.SUCCESS))
    missing = ended(svix.endpoint.replay_missing(app, endpoint, ReplayIn(since=since)))
    assert (missing.task, missing.data["messagesSent"]) == (BackgroundTaskType.ENDPOINT_REPLAY, 0)
    filtered = BulkReplayIn(since=since, status=MessageStatus.SUCCESS, event_types=["asset.created"])
    again = ended(svix.endpoint.bulk_replay(app, endpoint, filtered))
    assert (again.task, again.data["messagesSent"]) == (BackgroundTaskType.ENDPOINT_BULK_REPLAY, 1)
    assert {receiver.next()[0]["webhook-id"] for _ in range(4)} == {sent.id}
    too_old = RecoverIn(since=since - timedelta(days=15))
    with pytest.raises(HTTPValidationError):
        svix.endpoint.recover(app, endpoint, too_old)


def test_a_raw_payload_reaches_the_receiver_as_it_is(svix, app, endpoint, receiver):
    text = '{ "n":1.50,\t"s":"\\u00e9" }'
    sent = svix.message.create(app, message_in_raw("asset.created", text, content_type="application/json"))
    headers, body = receiver.next()
    assert (headers["webhook-id"], headers["content-type"], body) == (sent.id, "application/json", text.encode())
    for other in [message_in_raw("asset.created", "[1]"), message_in_raw("asset.created", "<n/>", "text/xml")]:
        with pytest.raises(HTTPValidationError):
            svix.message.create(app, other)


def test_an_example_is_sent(svix, app, endpoint, event_type, receiver):
    sent = svix.endpoint.send_example(app, endpoint, EventExampleIn(event_type=event_type))
    headers, body = receiver.next()
    assert (headers["webhook-id"], body) == (sent.id, b'{"n":7}')
    svix.endpoint.send_example(app, endpoint, EventExampleIn(event_type="svix.ping"))
    receiver.next()
    assert receiver.nothing_more()


def test_messages_of_an_endpoint_and_the_end_of_an_attempts_content(svix, app, endpoint, receiver, eventually):
    sent = svix.message.create(app, MessageIn(event_type="asset.created", payload={"n": 1}, channels=["north"]))
    options = MessageAttemptListAttemptedMessagesOptions(
        channel="north", event_types=["asset.created"], status=MessageStatus.SUCCESS, with_content=True
    )
    listed = eventually(
        "the delivery", lambda: svix.message_attempt.list_attempted_messages(app, endpoint, options).data
    )
    assert [(one.id, one.payload, one.status) for one in listed] == [(sent.id, {"n": 1}, MessageStatus.SUCCESS)]
    elsewhere = MessageAttemptListAttemptedMessagesOptions(channel="south")
    assert not svix.message_attempt.list_attempted_messages(app, endpoint, elsewhere).data
    attempt = svix.message_attempt.list_by_msg(app, sent.id).data[0].id
    svix.message_attempt.expunge_content(app, sent.id, attempt)
    assert svix.message_attempt.get(app, sent.id, attempt).id == attempt


def test_the_portal_is_opened_and_left(svix, client, app, endpoint):
    access = svix.authentication.app_portal_access(
        app, AppPortalAccessIn(expiry=3600, capabilities=[AppPortalCapability.VIEW_BASE], feature_flags=["beta"])
    )
    assert "/app-portal/login?key=" in access.url and access.token not in access.url
    customer = client(access.token)
    assert [one.id for one in customer.endpoint.list(app).data] == [endpoint]
    assert status_of(lambda: customer.endpoint.get_secret(app, endpoint)) == 403
    assert status_of(customer.application.list) == 403
    customer.authentication.logout()
    assert status_of(lambda: customer.endpoint.list(app)) == 401


def test_event_types_are_imported(svix):
    name = f"asset.{uuid.uuid4().hex}"
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    answers = {"2XX": {"description": "taken"}}
    webhook = {"post": {"summary": "of this test", "requestBody": body, "responses": answers}}
    title = {"title": "Events", "version": "1"}
    spec = {"openapi": "3.1.0", "info": title, "webhooks": {name: webhook}}
    tried = svix.event_type.import_openapi(EventTypeImportOpenApiIn(spec=spec, dry_run=True)).data
    assert [one.name for one in tried.to_modify] == [name]
    assert status_of(lambda: svix.event_type.get(name)) == 404
    assert svix.event_type.import_openapi(EventTypeImportOpenApiIn(spec=spec)).data.modified == [name]
    assert svix.event_type.get(name).schemas["1"]["properties"] == schema["properties"]


def test_background_tasks_are_listed(svix):
    options = BackgroundTaskListOptions(status=BackgroundTaskStatus.RUNNING, limit=10)
    page = svix.background_task.list(options)
    assert page.done and all(one.status == BackgroundTaskStatus.RUNNING for one in page.data)
    assert status_of(lambda: svix.background_task.get("qtask_000000000000000000000000000")) == 404


def test_a_wrong_token_is_refused_and_health_asks_for_none(client):
    stranger = client("a-wrong-token")
    assert status_of(stranger.application.list) == 401
    stranger.health.get()
