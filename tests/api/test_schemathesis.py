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

from app.accounts.models import Account
from app.api.document import openapi_document
from app.api.endpoints import ENDPOINTS
from app.identity.models import User
from tests.api.conftest import MakeCaller
from tests.factories.things import make_cluster, make_content, make_idea, make_keyword, make_site, make_task

EXAMPLES = 3
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
                    "503",
                ]
            },
            "missing_required_header": {"expected-statuses": [401, 422, 428]},
        }
    }
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture
def headers(account: Account, owner: User, make_caller: MakeCaller) -> dict[str, str]:
    """Of a token for everything, in an account with a row of each kind, whose ids are small numbers."""
    site = make_site(account)
    cluster = make_cluster(site, "Tents")
    make_keyword(site, "family tents", cluster_id=cluster.id)
    make_idea(cluster, "How to pitch a tent")
    make_task(cluster, "Pitch a tent")
    make_content(site, "Pitching tents", cluster_id=cluster.id)
    key = make_caller(account, owner).key
    return {"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"}


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

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate], database=None)
    @given(case=strategy)
    def check(case: Case) -> None:
        case.call_and_validate(headers=headers)

    check()
