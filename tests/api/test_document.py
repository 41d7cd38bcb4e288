"""The OpenAPI document: true to the endpoints, and never without what it had at the last release."""

import json
import re
from typing import Any

from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.document import openapi_document
from app.api.endpoints import ENDPOINTS
from app.config import ROOT

LAST = ROOT / "docs" / "openapi.json"


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations by their ids, each with its path and method."""
    return {
        operation["operationId"]: operation | {"path": path, "method": method}
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def test_it_is_valid_openapi(app: Flask) -> None:
    OpenAPIV31SpecValidator(openapi_document()).validate()


def test_every_route_is_in_it(app: Flask) -> None:
    routes = {rule.endpoint.partition(".")[2] for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")}
    assert routes == set(operations(openapi_document())) == set(ENDPOINTS)


def test_all_that_it_refers_to_is_in_it(app: Flask) -> None:
    """Two types of one name get others, and what refers to them leads nowhere."""
    document = openapi_document()
    names = re.findall(r'"#/components/(schemas|responses)/([^"]+)"', json.dumps(document))
    assert {pair for pair in names if pair[1] not in document["components"][pair[0]]} == set()
    assert [name for name in document["components"]["schemas"] if "__" in name] == []


def test_each_endpoint_is_described_with_examples(app: Flask) -> None:
    for own in ENDPOINTS.values():
        assert own.summary, own.name
        for name, field in own.body.model_fields.items() if own.body else ():
            assert field.examples, f"{own.name}: {name} has no example"


def gone(before: Any, now: Any, place: str = "") -> list[str]:
    """What a client may have relied on and is not there any more."""
    if isinstance(before, dict) and isinstance(now, dict):
        missing = [f"{place}/{name}" for name in before if name not in now and name not in ("examples", "description")]
        return missing + [
            line for name in before if name in now for line in gone(before[name], now[name], f"{place}/{name}")
        ]
    return [f"{place}: {before} is {now}"] if place.endswith(("/type", "/format")) and before != now else []


def test_nothing_of_the_last_release_has_gone(app: Flask) -> None:
    last, now = json.loads(LAST.read_text()), json.loads(json.dumps(openapi_document()))
    assert gone(last["components"]["schemas"], now["components"]["schemas"]) == []
    before, after = operations(last), operations(now)
    assert {name: (one["path"], one["method"]) for name, one in before.items()}.items() <= {
        name: (one["path"], one["method"]) for name, one in after.items()
    }.items()
    for name, operation in before.items():
        sent = {parameter["name"]: parameter["required"] for parameter in after[name]["parameters"]}
        had = {parameter["name"] for parameter in operation["parameters"]}
        assert had <= set(sent), name
        assert {parameter for parameter in set(sent) - had if sent[parameter]} == set(), f"{name} needs more"
        assert operation["responses"].keys() <= after[name]["responses"].keys(), name


def test_the_written_document_is_of_today(app: Flask) -> None:
    """`python scripts/write_api_document.py` writes it."""
    assert json.loads(LAST.read_text()) == json.loads(json.dumps(openapi_document()))


def test_a_field_that_vanishes_is_found() -> None:
    last = {"Row": {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}}
    assert gone(last, {"Row": {"properties": {"id": {"type": "string"}}}}) == [
        "/Row/properties/name",
        "/Row/properties/id/type: integer is string",
    ]
