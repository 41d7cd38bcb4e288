"""“Has this field in its JSON” looks at the answer that the gateway reads, however a model has dressed it."""

from collections.abc import Iterator

import pytest

from app.ai.client.openai_client import forget_dialects
from app.ai.operations import Operation
from app.ai.tasks.cluster_names import CLUSTER_NAMES
from app.ai.tasks.ideas import IDEAS, IdeasRequest
from app.ai.values import KeywordInput
from app.thinker.checks import failed_checks
from tests.factories.models import asking as question
from tests.factories.models import endpoint_at, names_request
from tests.fakes.openai_server import HABITS, FakeOpenAI

REQUESTS = {
    IDEAS.key: (IDEAS, IdeasRequest(cluster_name="Moka", count=3, keywords=[KeywordInput(text="moka pot")])),
    CLUSTER_NAMES.key: (CLUSTER_NAMES, names_request(["moka pot", "moka recipe"], ["kettle care"])),
}
PATHS = {
    IDEAS.key: {
        **dict.fromkeys(("ideas", "ideas.0", "ideas.0.title", "ideas.2.primary_keyword"), True),
        **dict.fromkeys(
            ("ideas.3", "ideas.0.nonsense", "title", "0.title", "result", "result.ideas", "clusters"), False
        ),
    },
    CLUSTER_NAMES.key: {
        **dict.fromkeys(("clusters", "clusters.1.id", "clusters.1.description"), True),
        **dict.fromkeys(("clusters.2.name", "clusters.x", "name"), False),
    },
}


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


def passes(operation: Operation[object, object, object], path: str, raw: str) -> bool:
    return not failed_checks([{"kind": "field", "value": path}], raw, operation.answer)


@pytest.mark.parametrize("key", REQUESTS)
@pytest.mark.parametrize("habit", ["", *HABITS])
def test_a_field_is_there_exactly_when_the_plain_answer_has_it(server: FakeOpenAI, habit: str, key: str) -> None:
    operation, request = REQUESTS[key]
    server.habit = habit
    _, raw = question(operation, request).answer([endpoint_at(server.url)])
    assert {path: passes(operation, path, raw) for path in PATHS[key]} == PATHS[key]


@pytest.mark.parametrize(
    "dress", ["{}", "```json\n{}\n```", "<think>The {{id}}?</think>\n{}", "Here it is:\n{}\nDone."]
)
def test_fields_that_only_the_accounts_own_prompt_asks_for_are_found_too(dress: str) -> None:
    raw = dress.format('{"ideas": [{"title": "x", "search_volume": 5, "note": ""}], "mySources": ["a"]}')
    has = {
        path: passes(IDEAS, path, raw) for path in ("ideas.0.search_volume", "ideas.0.note", "my_sources", "sources")
    }
    assert has == {"ideas.0.search_volume": True, "ideas.0.note": False, "my_sources": True, "sources": False}


def test_a_field_that_the_model_left_out_is_missing_though_we_do_without() -> None:
    assert not passes(IDEAS, "ideas.0.content_type", '{"ideas": [{"title": "x"}]}')
