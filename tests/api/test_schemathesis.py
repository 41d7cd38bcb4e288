"""Requests made of the document: none crashes, each answer is as the document says. `make fuzz` goes on for minutes."""

import os
import time
from functools import cache
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case

from app.api.document import openapi_document
from app.api.endpoints import ENDPOINTS
from tests.api.conftest import MakeCaller
from tests.factories.people import make_member
from tests.factories.world import World, world

__all__ = ["world"]
EXAMPLES, OF_READING = 2, 1  # so many requests to an endpoint that changes something, and to one that reads
MINUTES = float(os.environ.get("API_MINUTES", "0"))
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            # The token is put into every request, so it never sees what other tokens get: test_callers.py does.
            "ignored_auth": {"enabled": False},
            # What a schema cannot say (a row that is not there, a text that makes no sense) is 4xx.
            "positive_data_acceptance": {
                "expected-statuses": [
                    "2xx",
                    "304",
                    "401",
                    "402",
                    "403",
                    "404",
                    "409",
                    "412",
                    "422",
                    "428",
                    "429",
                    "502",
                    "503",
                ]
            },
            # An etag that none is, is not that of the row: 412.
            "negative_data_rejection": {
                "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429, "5xx"]
            },
            # What a WordPress that is asked does not answer is 502, as the document says.
            "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "502", "503"]},
            "missing_required_header": {"expected-statuses": [401, 422, 428]},
        }
    }
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


ROWS: dict[str, Any] = {}  # of the world that is asked, by the names of their ids
KEPT = {"filename", "limit", "sort", "show", "role", "anyhow"}  # parameters that leave rows to be found


@pytest.fixture
def headers(world: World, make_caller: MakeCaller) -> dict[str, str]:
    """Of a token for everything, in an account with a row of each kind."""
    owner = make_member(world.account, "owner")
    key = make_caller(world.account, owner).key
    ROWS.update(world.parameters)
    return {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}


def name_rows(case: Case) -> None:
    """Name rows that are there, where the request is one that the schema allows: ids that come about by chance are not.

    What a link says of the path stays.
    """
    meta = case.meta
    if meta is None or meta.generation.mode is not schemathesis.GenerationMode.POSITIVE:
        return
    case.query = {name: value for name, value in case.query.items() if name.endswith("_id") or name in KEPT}
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part.update({name: value for name in part if (value := row_named(name)) is not None})


def row_named(name: str) -> Any:
    """The id, or the list of ids, that a part of a request of this name is to have; None for other parts."""
    if name.endswith("_ids"):
        row = ROWS.get(name.removesuffix("s"))
        return None if row is None else [row]
    return ROWS.get(name) if name.endswith("_id") else None


@cache
def whole_schema() -> Any:
    """The document as schemathesis reads it, once for all tests of a process."""
    return schemathesis.openapi.from_dict(openapi_document(), config=CONFIG)


PARTS = sorted({own.tag for own in ENDPOINTS.values()})


@pytest.mark.parametrize("part", PARTS)
def test_answers_are_as_the_document_says(app: Flask, headers: dict[str, str], part: str) -> None:
    names = sorted(name for name, own in ENDPOINTS.items() if own.tag == part)
    seconds = MINUTES * 30 * len(names) / len(ENDPOINTS)  # the other half is for what is done along links
    until = time.monotonic() + seconds
    for name in names:
        check_answers(app, headers, name)
    while time.monotonic() < until:
        for name in names:
            check_answers(app, headers, name)


def check_answers(app: Flask, headers: dict[str, str], name: str) -> None:
    """Ask an endpoint what its schema allows, and what it does not."""
    schema = whole_schema()
    schema.app = app
    operation = schema.find_operation_by_id(name)
    strategy: Any = st.one_of(
        operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE),
    )

    examples = EXAMPLES if ENDPOINTS[name].is_write else OF_READING

    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate], database=None)
    @given(case=strategy, is_there=st.booleans())
    def check(case: Case, is_there: bool) -> None:
        if is_there:
            name_rows(case)
        case.call_and_validate(headers=headers)

    check()
