"""Prompts in the browser."""

import dataclasses
import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Account
from app.ai import prompt_source
from app.ai.tasks import OPERATIONS
from app.ai.templates import Template
from app.content.models import Content
from app.core.extensions import db
from app.sites.models import Site
from app.thinker import uses
from app.thinker.models import PromptVersion
from app.writer.briefs.models import Brief
from tests.factories.people import SignIn, make_member
from tests.factories.prompts import GREET, make_version
from tests.factories.things import make_cluster, make_content, make_task

pytestmark = pytest.mark.usefixtures("greet")
PAGE = "/thinker/prompts/greet/"


def record_use(content: Content, version: PromptVersion, model: str) -> None:
    uses.record_use(
        content.account_id,
        content.site_id,
        "greet",
        content_id=content.id,
        version_id=version.id,
        fingerprint=version.fingerprint,
        model=model,
        call_id=None,
    )


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_the_list_says_what_is_live(owner_client: FlaskClient, account: Account) -> None:
    assert "Shipped default" in owner_client.get("/thinker/prompts/").text
    version = make_version(account)
    data = {"label": "live", "version": version.id, "seen": 0}
    assert owner_client.post(f"{PAGE}labels/", data=data).status_code == 303
    page = owner_client.get("/thinker/prompts/").text
    assert "Version 1" in page
    assert prompt_source.live(account.id, GREET).version == version.id


def test_saving_keeps_the_words_byte_for_byte(owner_client: FlaskClient) -> None:
    words = "Hi {{name}},\r\n\t<b>“quotes”</b> & 100% {x} \\n 日本 שלום\r\n"
    data = {"system": "<script>", "question": words, "note": "Shorter", "newest": "0"}
    assert owner_client.post(PAGE, data=data).status_code == 303
    version = db.session.scalars(select(PromptVersion)).one()
    assert (version.system, version.question) == ("<script>", words.replace("\r\n", "\n"))
    page = owner_client.get(f"{PAGE}versions/{version.id}/").text
    assert html.escape("“quotes”</b> & 100%", quote=False) in page.replace("&#34;", '"')


def test_a_wrong_variable_is_told_and_the_words_are_still_there(owner_client: FlaskClient) -> None:
    answer = owner_client.post(PAGE, data={"system": "Mine", "question": "Hello {{nmae}}", "newest": "0"})
    assert answer.status_code == 422
    assert "names {{nmae}}, which this operation does not have" in text_of(answer.text)
    assert "Hello {{nmae}}" in answer.text
    assert db.session.scalars(select(PromptVersion)).all() == []


def test_save_and_make_live_is_one_click_for_who_may(
    owner_client: FlaskClient, account: Account, sign_in: SignIn
) -> None:
    data = {"system": "", "question": "Hey {{name}}", "newest": "0", "act": "live", "live_moves": "0"}
    editor = sign_in(make_member(account, "editor"))
    assert editor.post(PAGE, data=data).status_code == 403
    assert db.session.scalars(select(PromptVersion)).all() == []
    assert owner_client.post(PAGE, data=data).status_code == 303
    assert prompt_source.live(account.id, GREET).user == "Hey {{name}}"


def test_an_editor_may_restore_a_draft_and_not_decide_what_is_live(account: Account, sign_in: SignIn) -> None:
    version = make_version(account)
    make_version(account, "Another {{name}}")
    editor = sign_in(make_member(account, "editor"))
    move = {"version": version.id, "seen": 2}
    assert editor.post(f"{PAGE}labels/", data={"label": "draft", **move}).status_code == 303
    assert editor.post(f"{PAGE}labels/", data={"label": "live", **move, "seen": 0}).status_code == 403
    page = editor.get(PAGE).text
    assert "Hello {{name}}." in page
    assert "Make live" not in page


def test_the_second_of_two_tabs_is_told_that_live_was_moved(owner_client: FlaskClient, account: Account) -> None:
    first, second = make_version(account), make_version(account, "Hi {{name}}")
    owner_client.post(f"{PAGE}labels/", data={"label": "live", "version": first.id, "seen": 0})
    answer = owner_client.post(f"{PAGE}labels/", data={"label": "live", "version": second.id, "seen": 0})
    assert answer.status_code == 409
    assert "moved “live” to version 1 after you opened this page" in answer.text
    assert prompt_source.live(account.id, GREET).version == first.id


def test_what_is_compared_shows_both_sides_and_the_same_twice_says_so(
    owner_client: FlaskClient, account: Account
) -> None:
    version = make_version(account)
    page = owner_client.get(f"{PAGE}compare/?from=shipped&to={version.id}").text
    assert "friendly" in page
    assert "brief" in page
    assert "Both say the same" in owner_client.get(f"{PAGE}compare/?from={version.id}&to={version.id}").text
    assert owner_client.get(f"{PAGE}compare/?from=was-000000000000&to=shipped").status_code == 404
    assert owner_client.get(f"{PAGE}compare/?from=x&to=999999").status_code == 404


def test_a_preview_marks_values_and_says_what_is_missing(owner_client: FlaskClient) -> None:
    shown = owner_client.post(f"{PAGE}preview/", data={"system": "", "question": "Dear {{name}}!"}).text
    assert "Dear <mark>Zoe</mark>!" in shown
    assert "the model does not know it: likes" in shown
    wrong = owner_client.post(f"{PAGE}preview/", data={"system": "", "question": "Dear {{nam}}!"}).text
    assert "which this operation does not have" in wrong
    gone = owner_client.post(f"{PAGE}preview/", data={"system": "", "question": "{{name}}", "row": "task:1"}).text
    assert "This row is not there any more" in gone


def test_a_live_version_that_names_a_variable_of_yesterday_is_told(owner_client: FlaskClient, account: Account) -> None:
    version = make_version(account)
    owner_client.post(f"{PAGE}labels/", data={"label": "live", "version": version.id, "seen": 0})
    assert "Nothing can be written with" not in owner_client.get(PAGE).text
    OPERATIONS["greet"] = dataclasses.replace(GREET, template=Template("", "{{likes}}"), variables=GREET.variables[1:])
    page = text_of(owner_client.get(PAGE).text)
    assert "Nothing can be written with version 1: the prompt names {{name}}" in page


def test_a_preview_with_a_real_task(owner_client: FlaskClient, site: Site) -> None:
    task = make_task(make_cluster(site), "Cold brew <b>at</b> home {{title}}")
    page = owner_client.get("/thinker/prompts/draft/").text
    assert f'value="task:{task.id}"' in page
    data = {"system": "", "question": "Write {{title}}", "row": f"task:{task.id}"}
    shown = owner_client.post("/thinker/prompts/draft/preview/", data=data).text
    assert 'Write "Cold brew <b>at</b> home {{title}}"' in text_of(shown)


@pytest.mark.parametrize("operation", ["outline", "draft", "section"])
def test_what_is_asked_of_writers_can_be_previewed_with_a_task_and_stores_nothing(
    owner_client: FlaskClient, site: Site, operation: str
) -> None:
    task = make_task(make_cluster(site), "Moka pots")
    template = OPERATIONS[operation].template
    data = {"system": template.system, "question": template.user, "row": f"task:{task.id}"}
    assert "Moka pots" in owner_client.post(f"/thinker/prompts/{operation}/preview/", data=data).text
    assert db.session.scalars(select(Brief)).all() == []


def test_the_page_of_a_version_lists_as_many_contents_as_it_counts(
    owner_client: FlaskClient, account: Account, site: Site
) -> None:
    version = make_version(account)
    for number in range(52):
        content = make_content(site, f"Content {number}")
        for _ in range(2):  # written again: counted once
            record_use(content, version, "gpt-x")
    db.session.commit()
    path = f"{PAGE}versions/{version.id}/"
    pages = [owner_client.get(f"{path}?page={number}").text for number in (1, 2)]
    assert 'Written with it <span class="count">52</span>' in pages[0]
    assert [len(re.findall(r'href="/content/\d+/edit/"', page)) for page in pages] == [50, 2]
    assert 'Written with it <span class="count">0</span>' in owner_client.get(f"{PAGE}shipped/").text
    editor = owner_client.get(f"/content/{content.id}/edit/").text
    assert "Prompt “Greeting”, version 1" in re.sub(r"\s+", " ", text_of(editor))
    assert "gpt-x" in editor


def test_contents_of_sites_that_are_not_granted_are_neither_counted_nor_listed(
    account: Account, site: Site, sign_in: SignIn
) -> None:
    version = make_version(account)
    content = make_content(site, "Zanzibar")
    uses.record_use(
        account.id,
        site.id,
        "greet",
        content_id=content.id,
        version_id=version.id,
        fingerprint="f",
        model="m",
        call_id=None,
    )
    db.session.commit()
    page = sign_in(make_member(account, "viewer", sites=[])).get(f"{PAGE}versions/{version.id}/").text
    assert 'class="count">0</span>' in page
    assert "Zanzibar" not in page


def test_a_module_that_is_off_has_no_pages(owner_client: FlaskClient) -> None:
    owner_client.post("/account/modules/", data={"module": "thinker", "on": "0"})
    assert owner_client.get("/thinker/prompts/").status_code == 404
