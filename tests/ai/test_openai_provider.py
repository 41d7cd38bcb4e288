"""The OpenAI-compatible provider, through the real SDK, against a stand-in over HTTP."""

from collections.abc import Iterator

import pytest

from app.ai import openai_client
from app.ai.gateway import provider_for
from app.ai.openai_client import ChatClient
from app.ai.openai_provider import OpenAIProvider
from app.ai.provider import ClusterRequest, DraftRequest, IdeasRequest, KeywordInput
from app.core.errors import DomainError
from tests.fakes.openai_server import KEY, MODEL, FakeOpenAI

WORDS = ["moka pot", "moka recipe", "kettle sizes", "kettle care"]


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    openai_client.forget_dialects()
    with FakeOpenAI() as fake:
        yield fake


def provider(
    server: FakeOpenAI, waits: list[float] | None = None, timeout: float = 5, key: str = KEY
) -> OpenAIProvider:
    waits = [] if waits is None else waits
    return OpenAIProvider(ChatClient(key, MODEL, server.url, timeout=timeout, sleep=waits.append), MODEL)


def request_for(words: list[str], existing: list[str] | None = None) -> ClusterRequest:
    return ClusterRequest(
        keywords=[KeywordInput(text=word, volume=10) for word in words], existing_names=existing or []
    )


def test_groups_keywords(server: FakeOpenAI) -> None:
    result = provider(server).cluster(request_for(WORDS, ["Beans"]))
    assert {cluster.name: cluster.keywords for cluster in result.clusters} == {
        "Moka": ["moka pot", "moka recipe"],
        "Kettle": ["kettle sizes", "kettle care"],
    }
    assert server.requests[0].data["existing_clusters"] == ["Beans"]


def test_asks_in_batches_and_passes_the_names_on(server: FakeOpenAI) -> None:
    words = [f"{'moka' if number % 2 else 'kettle'} {number}" for number in range(450)]
    steps: list[tuple[int, int]] = []
    result = provider(server).cluster(request_for(words), lambda done, total: steps.append((done, total)))
    assert [len(seen.data["keywords"]) for seen in server.requests] == [200, 200, 50]
    assert set(server.requests[1].data["existing_clusters"]) == {"Moka", "Kettle"}
    assert sorted(word for cluster in result.clusters for word in cluster.keywords) == sorted(words)
    assert len(result.clusters) == 2
    assert steps == [(0, 450), (200, 450), (400, 450), (450, 450)]


def test_unknown_missing_and_repeated_keywords_in_an_answer_do_no_harm(server: FakeOpenAI) -> None:
    server.answer_next(
        {
            "clusters": [
                {"name": "Moka", "description": "", "keywords": ["Moka  Pot", "invented", "moka pot"]},
                {"name": "Again", "description": "", "keywords": ["moka pot"]},
                {"name": " ", "description": "", "keywords": ["kettle care"]},
            ]
        }
    )
    result = provider(server).cluster(request_for(WORDS))
    assert [(cluster.name, cluster.keywords) for cluster in result.clusters] == [("Moka", ["moka pot"])]
    assert sorted(result.unassigned) == ["kettle care", "kettle sizes", "moka recipe"]


def test_ideas_are_new_and_aimed_at_known_keywords(server: FakeOpenAI) -> None:
    idea = {"description": "d", "content_type": "Article", "content_structure": "Review", "primary_keyword": "other"}
    titles = ["Seen before", "Fresh", "FRESH!", "Second"]
    server.answer_next({"ideas": [{"title": title, **idea} for title in titles]})
    request = IdeasRequest(
        cluster_name="Moka",
        existing_titles=["seen BEFORE"],
        count=5,
        keywords=[KeywordInput(text="moka pot", volume=1)],
    )
    found = provider(server).ideas(request).ideas
    assert [(idea.title, idea.primary_keyword) for idea in found] == [("Fresh", "moka pot"), ("Second", "moka pot")]


def test_a_draft_is_cleaned_wrapped_in_blocks_and_cut_to_length(server: FakeOpenAI) -> None:
    draft = provider(server).draft(DraftRequest(title="Moka pots", primary_keyword="moka pot"))
    assert "<script" not in draft.content_html
    assert "onclick" not in draft.content_html
    assert "alert" not in draft.content_html
    assert draft.content_html.startswith("<!-- wp:paragraph -->\n<p>All about moka pot.</p>\n<!-- /wp:paragraph -->")
    assert '<h2 class="wp-block-heading">Why moka pot</h2>' in draft.content_html
    assert len(draft.seo_title) <= 60
    assert len(draft.seo_description) <= 155
    assert draft.focus_keywords == ["moka pot", "another"]
    assert not draft.is_outline
    assert draft.raw_response is not None
    assert "content_html" in draft.raw_response


@pytest.mark.parametrize("kind", ["429", "500", "503", "drop"])
def test_passing_faults_are_tried_again(server: FakeOpenAI, kind: str) -> None:
    waits: list[float] = []
    server.fail_next(kind, times=2)
    assert provider(server, waits).cluster(request_for(WORDS)).clusters
    assert len(server.requests) == 3
    assert waits == [1.0, 4.0]


def test_a_retry_after_is_kept_to_and_a_long_one_is_not_waited_for(server: FakeOpenAI) -> None:
    waits: list[float] = []
    server.fail_next("429", seconds=7)
    provider(server, waits).cluster(request_for(WORDS))
    assert waits == [7.0]
    server.fail_next("429", seconds=3600)
    with pytest.raises(DomainError) as caught:
        provider(server, waits).cluster(request_for(WORDS))
    assert caught.value.code == "AI_RATE_LIMITED"
    assert len(waits) == 1


def test_a_timeout_ends_in_a_sentence(server: FakeOpenAI) -> None:
    server.fail_next("timeout", times=3, seconds=0.6)
    with pytest.raises(DomainError) as caught:
        provider(server, timeout=0.2).cluster(request_for(WORDS))
    assert caught.value.code == "AI_TIMEOUT"
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("kind", "times", "code", "calls"),
    [
        ("401", 1, "AI_KEY_INVALID", 1),
        ("403", 1, "AI_FORBIDDEN", 1),
        ("404", 1, "AI_MODEL_MISSING", 1),
        ("400", 3, "AI_REQUEST_REFUSED", 3),
        ("quota", 1, "AI_NO_CREDIT", 1),
        ("429", 3, "AI_RATE_LIMITED", 3),
        ("500", 3, "AI_SERVICE_FAILED", 3),
        ("drop", 3, "AI_UNREACHABLE", 3),
        ("refusal", 1, "AI_REFUSED", 1),
        ("length", 1, "AI_ANSWER_TOO_LONG", 1),
        ("invalid_json", 2, "AI_ANSWER_INVALID", 2),
        ("wrong_schema", 2, "AI_ANSWER_INVALID", 2),
        ("empty", 2, "AI_ANSWER_INVALID", 2),
        ("html", 1, "AI_NOT_COMPATIBLE", 1),
    ],
)
def test_lasting_faults_say_what_to_do(server: FakeOpenAI, kind: str, times: int, code: str, calls: int) -> None:
    server.fail_next(kind, times=times)
    with pytest.raises(DomainError) as caught:
        provider(server).cluster(request_for(WORDS))
    assert caught.value.code == code
    assert caught.value.message.strip()
    assert caught.value.cure.endswith(".")
    assert KEY not in str(caught.value.as_dict())
    assert len(server.requests) == calls


@pytest.mark.parametrize("kind", ["invalid_json", "wrong_schema", "empty"])
def test_an_unreadable_answer_is_asked_for_once_more(server: FakeOpenAI, kind: str) -> None:
    server.fail_next(kind)
    assert provider(server).cluster(request_for(WORDS)).clusters
    assert "schema" in server.requests[1].body["messages"][-1]["content"]


def test_a_wrong_key_is_named(server: FakeOpenAI) -> None:
    with pytest.raises(DomainError) as caught:
        provider(server, key="sk-wrong").ideas(IdeasRequest(cluster_name="Moka"))
    assert caught.value.code == "AI_KEY_INVALID"


def test_nothing_listens_there() -> None:
    with FakeOpenAI() as server:
        late = provider(server)
    with pytest.raises(DomainError) as caught:
        late.draft(DraftRequest(title="Moka"))
    assert caught.value.code == "AI_UNREACHABLE"


def test_an_answer_without_text_is_refused(server: FakeOpenAI) -> None:
    answer = {"title": "t", "content_html": "<script>x</script>", "excerpt": "", "seo_title": "", "seo_description": ""}
    server.answer_next({**answer, "focus_keywords": []})
    with pytest.raises(DomainError) as caught:
        provider(server).draft(DraftRequest(title="Moka"))
    assert caught.value.code == "AI_ANSWER_EMPTY"


def test_the_gateway_chooses_by_configuration(server: FakeOpenAI) -> None:
    assert provider_for({}).is_builtin
    assert provider_for({"OPENAI_API_KEY": " "}).is_builtin
    chosen = provider_for({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url, "OPENAI_MODEL": MODEL})
    assert not chosen.is_builtin
    assert chosen.cluster(request_for(WORDS)).clusters
    assert provider_for({"OPENAI_BASE_URL": server.url}).name == "gpt-5-mini"
