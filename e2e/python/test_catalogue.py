"""The exported catalogue before a published validator of OpenAPI documents."""

import copy
import os
import subprocess

import httpx
import pytest
from conftest import binary
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError


@pytest.fixture
def api(server_url, token):
    """Asks below /event-type with the organisation's token."""
    with httpx.Client(
        base_url=f"{server_url}/api/v1/event-type", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        yield client


@pytest.fixture
def document(api, server_url, token, tmp_path):
    """What the server exports once the catalogue that comes with the program was loaded."""
    variables = {"WIREPOST_URL": server_url, "WIREPOST_ADMIN_TOKEN": token, "PATH": os.environ["PATH"]}
    subprocess.run([binary(), "catalog", "load", "dam"], cwd=tmp_path, env=variables, check=True)
    answer = api.get("/export/openapi")
    assert answer.status_code == 200
    return answer.json()


def test_the_exported_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1.")
    assert len(document["webhooks"]) >= 64
    validate(document, cls=OpenAPIV31SpecValidator)


def test_the_validator_refuses_a_broken_one(document):
    broken = copy.deepcopy(document)
    broken["webhooks"]["asset.created"]["post"]["responses"] = "none"
    with pytest.raises(OpenAPIValidationError):
        validate(broken, cls=OpenAPIV31SpecValidator)


def test_the_exported_document_is_imported_without_a_change(api, document):
    answer = api.post("/import/openapi", json={"spec": document, "dryRun": True, "replaceAll": True})
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["to_modify"] == []
    assert sorted(data["unchanged"]) == sorted(document["webhooks"])
