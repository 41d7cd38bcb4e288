"""The pages of AI providers: adding, testing, choosing; a key is in no page, log, audit or export."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.ai.providers import routing
from app.ai.providers.models import AiProvider
from app.ai.tasks import OPERATIONS, RETIRED
from app.core.audit import AuditEvent
from app.core.extensions import db
from tests.factories.people import SignIn, make_account, make_member
from tests.factories.providers import make_provider, make_route
from tests.fakes.endpoint_server import KEY, FakeEndpoint

HTMX = {"HX-Request": "true"}


@pytest.fixture
def endpoint(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEndpoint]:
    monkeypatch.setitem(app.config, "AI_PRIVATE_HOSTS", ["127.0.0.1"])
    with FakeEndpoint() as fake:
        yield fake


def form(endpoint: FakeEndpoint, **values: str) -> dict[str, str]:
    given = {"name": "Own", "base_url": endpoint.url, "api_key": KEY, "model": "small", "requests_per_minute": "60"}
    return given | values


def the_provider() -> AiProvider:
    return db.session.query(AiProvider).one()


def test_a_provider_is_added_tested_and_asked(
    owner_client: FlaskClient, account: Account, endpoint: FakeEndpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    assert "No provider of your own yet" in owner_client.get("/account/ai/").text
    answer = owner_client.post("/account/ai/providers/new/", data=form(endpoint))
    row = the_provider()
    assert answer.location == f"/account/ai/providers/{row.id}/"
    assert 'hx-trigger="submit, load"' in owner_client.get(answer.location).text  # tested as soon as it is seen
    found = owner_client.post(f"{answer.location}test/", headers=HTMX).text
    assert "The connection works" in found
    assert '<option value="text-embedding-x">' in found
    page = owner_client.get(answer.location).text
    assert "JSON schema" in page
    assert 'hx-trigger="submit, load"' not in page
    listed = owner_client.get("/account/ai/").text
    assert "Works" in listed
    assert f'key ends in <span class="mono" dir="ltr">{KEY[-4:]}</span>' in listed
    assert [one.key for one in routing.endpoints_for(account.id, "draft")] == [f"provider:{row.id}:small"]
    events = db.session.query(AuditEvent).filter(AuditEvent.action.startswith("ai.")).all()
    everything = page + listed + found + str([(one.before, one.after, one.subject) for one in events])
    assert KEY not in everything + capfd.readouterr().err
    assert len(events) == 1


def test_what_is_typed_can_be_tried_before_it_is_saved(owner_client: FlaskClient, endpoint: FakeEndpoint) -> None:
    found = owner_client.post("/account/ai/providers/try/", data=form(endpoint, model="", name=""), headers=HTMX).text
    assert "3 models listed" in found
    assert "Choose a model, and test again" in found
    assert '<option value="small">' in found
    page = owner_client.post("/account/ai/providers/try/", data=form(endpoint)).text
    assert "The connection works" in page
    assert KEY not in page
    assert db.session.query(AiProvider).count() == 0


def test_a_test_that_fails_says_why_and_what_to_do(owner_client: FlaskClient, endpoint: FakeEndpoint) -> None:
    wrong = form(endpoint, api_key="sk-wrong-key-of-somebody")
    found = owner_client.post("/account/ai/providers/try/", data=wrong, headers=HTMX).text
    assert "does not accept the key" in found
    assert "sk-wrong-key-of-somebody" not in found
    owner_client.post("/account/ai/providers/new/", data=wrong)
    path = f"/account/ai/providers/{the_provider().id}/"
    assert owner_client.post(f"{path}test/").location == path
    assert "does not accept the key" in owner_client.get(path).text
    assert "Fails" in owner_client.get("/account/ai/").text


def test_errors_stand_at_their_fields_and_keep_what_was_typed(
    owner_client: FlaskClient, endpoint: FakeEndpoint
) -> None:
    answer = owner_client.post("/account/ai/providers/new/", data=form(endpoint, base_url="http://10.0.0.1/v1"))
    assert answer.status_code == 422
    assert "private network address" in answer.text
    assert 'value="http://10.0.0.1/v1"' in answer.text
    assert KEY not in answer.text
    assert owner_client.post("/account/ai/providers/new/", data={}).status_code == 422


def test_a_provider_is_changed_switched_and_deleted(owner_client: FlaskClient, endpoint: FakeEndpoint) -> None:
    owner_client.post("/account/ai/providers/new/", data=form(endpoint))
    path = f"/account/ai/providers/{the_provider().id}/"
    owner_client.post(path, data=form(endpoint, api_key="", name="Renamed", requests_per_minute="5"))
    assert (the_provider().name, the_provider().requests_per_minute) == ("Renamed", 5)
    owner_client.post(f"{path}switch/", data={"on": "0"})
    assert not the_provider().is_enabled
    assert 'data-confirm="Delete Renamed?"' in owner_client.get(path).text
    owner_client.post(f"{path}delete/")
    assert db.session.query(AiProvider).count() == 0
    actions = [event.action for event in db.session.query(AuditEvent).order_by(AuditEvent.id) if "ai." in event.action]
    assert actions == ["ai.provider_added", "ai.provider_changed", "ai.provider_switched", "ai.provider_deleted"]


def test_prices_are_entered_for_models_that_no_list_has(
    owner_client: FlaskClient, account: Account, endpoint: FakeEndpoint
) -> None:
    owner_client.post(
        "/account/ai/providers/new/",
        data=form(endpoint, prices="small $0.25 2\n\nthe other 0.0000015 7\nthe painter 0.04/image"),
    )
    entered = {"small": [250_000, 2_000_000], "the other": [2, 7_000_000], "the painter": [None, None, 40_000]}
    assert the_provider().prices == entered
    assert [one.price for one in routing.endpoints_for(account.id, "ideas")] == [(250_000, 2_000_000)]
    assert "$0.25 in, $2.00 out" in owner_client.get("/account/ai/").text
    path = f"/account/ai/providers/{the_provider().id}/"
    assert "small 0.25 2.00\nthe other 0.000002 7.00\nthe painter 0.04/image</textarea>" in owner_client.get(path).text
    for wrong in (
        "small",
        "small 1",
        "small 1 x",
        "small -1 2",
        "small 1 NaN",
        "small 1 2\nsmall 1 3",
        "small 1 1e9",
        "small x/image",
    ):
        answer = owner_client.post(path, data=form(endpoint, prices=wrong))
        assert answer.status_code == 422, wrong
        assert 'id="prices-error"' in answer.text
    assert the_provider().prices["small"] == [250_000, 2_000_000]
    owner_client.post(path, data=form(endpoint))
    assert the_provider().prices == {}


def test_models_are_chosen_for_all_work_and_for_one_operation(owner_client: FlaskClient, account: Account) -> None:
    a, b = make_provider(account, "A"), make_provider(account, "B", models=["two", "three"])
    data = {"for": "ideas", "mode": "price", "provider": [str(b.id), "", str(a.id)], "model": ["two", "x", "one"]}
    assert owner_client.post("/account/ai/models/", data=data).location == "/account/ai/"
    assert [one.model for one in routing.endpoints_for(account.id, "ideas")] == ["two", "one"]
    page = owner_client.get("/account/ai/models/?for=ideas").text
    assert f'<datalist id="models-{b.id}"><option value="two">' in page
    assert "Cheapest first" in owner_client.get("/account/ai/").text
    owner_client.post("/account/ai/models/", data={"for": "ideas"})
    assert [one.provider_name for one in routing.endpoints_for(account.id, "ideas")] == ["A", "B"]
    events = db.session.query(AuditEvent).filter_by(action="ai.route_changed").all()
    assert [event.after for event in events] == [
        {"models": ["B: two", "A: one"], "order": "price"},
        {"models": [], "order": ""},
    ]


def test_each_operation_is_routed_by_itself(owner_client: FlaskClient, account: Account) -> None:
    one = make_provider(account, "A")
    page = owner_client.get("/account/ai/").text
    asked = {key: operation for key, operation in OPERATIONS.items() if key not in RETIRED}
    assert "for=draft" not in page
    for key in (*asked, "embed", "image"):
        assert f"/account/ai/models/?for={key}" in page
        values = {"for": key, "mode": "order", "provider": [str(one.id)], "model": [f"for {key}"]}
        assert owner_client.post("/account/ai/models/", data=values).location == "/account/ai/"
        assert [one.model for one in routing.endpoints_for(account.id, key)] == [f"for {key}"]
    assert all(f"<strong>{operation.title}</strong>" in page for operation in asked.values())


def test_a_choice_that_cannot_be_is_refused(owner_client: FlaskClient, account: Account) -> None:
    a = make_provider(account, "A")
    theirs = make_provider(make_account("Others"), "B")
    path = "/account/ai/models/"
    twice = {"for": "", "mode": "order", "provider": [str(a.id)] * 2, "model": ["x", "x"]}
    assert owner_client.post(path, data=twice).status_code == 422
    nameless = {"for": "", "mode": "order", "provider": [str(a.id)], "model": [" "]}
    assert "Each provider needs the name" in owner_client.post(path, data=nameless).text
    assert owner_client.post(path, data=twice | {"mode": "random"}).status_code == 422
    for values in ({"provider": [str(theirs.id)]}, {"for": "other"}, {"provider": ["0"]}, {"provider": ["x"]}):
        assert owner_client.post(path, data=nameless | {"model": ["x"]} | values).status_code == 404
    assert owner_client.get(f"{path}?for=other").status_code == 404


def test_a_customer_chooses_no_model_that_the_installation_pays_for(
    app: Flask, owner_client: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "OPENAI_API_KEY", "sk-installation-1234")
    monkeypatch.setitem(app.config, "OPENAI_MODEL", "cheap")
    data = {"for": "", "mode": "order", "provider": ["installation"], "model": ["expensive"]}
    owner_client.post("/account/ai/models/", data=data)
    assert [one.model for one in routing.endpoints_for(account.id, "draft")] == ["cheap"]
    make_route(account, (None, "expensive"), operation="ideas")
    assert [one.model for one in routing.endpoints_for(account.id, "ideas")] == ["cheap"]
    assert "sk-installation-1234" not in owner_client.get("/account/ai/").text


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_editors_and_viewers_are_shown_nothing_of_it(account: Account, sign_in: SignIn, role: str) -> None:
    browser = sign_in(make_member(account, role))
    assert browser.get("/account/ai/").status_code == 403
    assert "AI providers" not in browser.get("/account/profile/").text
