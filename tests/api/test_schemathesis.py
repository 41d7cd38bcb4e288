"""Requests made of the document: none crashes, and each answer is as the document says. `API_EXAMPLES` makes more."""

import os
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

EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
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


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
def test_answers_are_as_the_document_says(app: Flask, headers: dict[str, str], name: str) -> None:
    document = openapi_document()
    schema = schemathesis.openapi.from_dict(document, config=CONFIG)
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
