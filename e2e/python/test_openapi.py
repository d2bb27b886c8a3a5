"""The description of the API against the real binary: thousands of requests made from it, good and bad ones."""

import collections
import json
import pathlib
import urllib.error
import urllib.request

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
)

DOCUMENT = pathlib.Path(__file__).parents[2] / "docs/openapi.json"
EXAMPLES_OF_EACH = 35
FEW_EXAMPLES = 5
EXAMPLES_LEAST = 2_000
# What stands in most paths, so that requests come further than to a 404.
KNOWN = {"app": "described", "endpoint": "described", "message": "described", "id": "described"}
REQUEST_SECONDS = 30

# A shape cannot say everything: an event type has to be known, an instant not too far away, a URL to be public.
REFUSED_BY_RULES = ["2xx", "400", "401", "403", "404", "409", "413", "422", "429"]
CONFIG = schemathesis.Config(
    seed=20260131,
    projects=ProjectsConfig(
        default=ProjectConfig(
            checks=ChecksConfig(positive_data_acceptance=PositiveDataAcceptanceConfig(expected_statuses=REFUSED_BY_RULES)),
            generation=GenerationConfig(deterministic=True, max_examples=EXAMPLES_OF_EACH),
        )
    ),
)
schema = schemathesis.openapi.from_path(DOCUMENT, config=CONFIG)
# It would end the token that all the others are asked with.
described = schema.exclude(operation_id="v1.authentication.logout")
# Wrong tokens are slowed down with 429 after a while, which the tester's own check takes for a way in; ours is below.
AUTHORIZATION = CHECKS.get_one("ignored_auth")
# A batch is taken with its bad lines: each has a result of its own.
REFUSAL = CHECKS.get_one("negative_data_rejection")
BATCH = "/api/v1/app/{app}/msg/batch"
made = collections.Counter()


@schema.hook
def filter_query(context, query):
    """No unknown parameters: they are ignored. No empty list of event types: published clients send it so."""
    known = {parameter["name"] for parameter in context.operation.definition.raw.get("parameters", [])}
    query = query or {}
    return known.issuperset(query) and query.get("event_types") not in ("", [""])


@schema.hook
def map_headers(context, headers):
    """Without what frames a message: broken framing is refused beneath the API, before there is a request."""
    framing = ("transfer-encoding", "content-length", "connection", "upgrade", "expect", "host")
    return {name: value for name, value in (headers or {}).items() if name.lower() not in framing}


@schemathesis.serializer("application/x-ndjson")
def as_lines(context, value):
    """A batch of one line."""
    return json.dumps(value).encode() + b"\n"


@schema.hook
def map_path_parameters(context, path_parameters):
    """Most of the time what is there, else what was made up."""
    return {
        name: KNOWN[name] if name in KNOWN and len(str(value)) % 4 else value
        for name, value in (path_parameters or {}).items()
    }


@pytest.fixture
def ask(server_url, token):
    """Asks the server; gives back the status and what it said."""

    def ask(method, path, body=None, bearer=token):
        request = urllib.request.Request(f"{server_url}{path}", method=method)
        request.add_header("authorization", f"Bearer {bearer}")
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=REQUEST_SECONDS) as response:
                return response.status, json.loads(response.read() or "null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read() or "null")

    return ask


@pytest.fixture
def belongings(ask):
    """An app with an endpoint and a message; whatever the operation before has deleted is there again."""
    url = "http://127.0.0.1:9/"
    assert ask("PUT", "/api/v1/app/described", {"name": "Described", "uid": "described"})[0] in (200, 201)
    assert ask("PUT", "/api/v1/app/described/endpoint/described", {"url": url, "uid": "described"})[0] in (200, 201)
    message = {"eventType": "asset.created", "eventId": "described", "payload": {"n": 1}}
    assert ask("POST", "/api/v1/app/described/msg", message)[0] in (202, 409)


@pytest.fixture
def strangers_token(ask):
    """The token of another app."""
    assert ask("PUT", "/api/v1/app/stranger", {"name": "Stranger", "uid": "stranger"})[0] in (200, 201)
    status, made = ask("POST", "/api/v1/admin/token", {"name": "a stranger's", "app": "stranger"})
    assert status == 201
    return made["token"]


examples = settings(
    max_examples=EXAMPLES_OF_EACH,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@described.parametrize()
@examples
def test_every_answer_is_as_described(case, server_url, token, belongings):
    made["described"] += 1
    headers = {"Authorization": f"Bearer {token}"}
    excluded = [AUTHORIZATION, REFUSAL] if case.path == BATCH else [AUTHORIZATION]
    case.call_and_validate(base_url=server_url, headers=headers, timeout=REQUEST_SECONDS, excluded_checks=excluded)


@described.exclude(path_regex="/health").parametrize()
@settings(examples, max_examples=FEW_EXAMPLES)
def test_nobody_gets_in_without_a_good_token(case, server_url, belongings):
    made["nobodies"] += 2
    for headers in [{}, {"Authorization": "Bearer of-nobody"}]:
        response = case.call(base_url=server_url, headers=headers, timeout=REQUEST_SECONDS)
        assert response.status_code in (401, 405, 429), f"{case.method} {case.path}: {response.status_code}"


@described.include(path_regex=r"\{app\}").parametrize()
@settings(examples, max_examples=FEW_EXAMPLES)
def test_no_request_gets_into_another_app(case, server_url, strangers_token, belongings):
    made["strangers"] += 1
    case.path_parameters["app"] = KNOWN["app"]
    headers = {"Authorization": f"Bearer {strangers_token}"}
    response = case.call(base_url=server_url, headers=headers, timeout=REQUEST_SECONDS)
    assert 400 <= response.status_code < 500, f"{case.method} {case.path}: {response.status_code} {response.text}"


def test_there_were_enough_examples():
    assert made["described"] >= EXAMPLES_LEAST, made
    assert made["strangers"] > 0, made
