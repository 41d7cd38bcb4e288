"""What content was written with: kept with the draft, and shown in the editor."""

import re

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Account
from app.ai.tasks import OPERATIONS
from app.core.extensions import db
from app.sites.models import Site
from app.thinker import actions, uses
from app.writer.briefs import services
from app.writer.briefs.sections import Section
from app.writer.models import Task
from tests.factories.prompts import ANNA
from tests.factories.things import make_cluster, make_task
from tests.factories.work import newest_run, work
from tests.fakes.openai_server import MODEL


@pytest.fixture
def task(site: Site) -> Task:
    return make_task(make_cluster(site), "Moka pots")


def write(client: FlaskClient, task: Task) -> int:
    client.post("/writer/tasks/generate/", data={"ids": [task.id]})
    run = work(newest_run())
    assert run.state == "succeeded", run.error
    contents: list[int] = run.data["contents"]
    return contents[0]


@pytest.mark.usefixtures("openai")
def test_a_draft_says_which_version_and_model_wrote_it(owner_client: FlaskClient, account: Account, task: Task) -> None:
    template = OPERATIONS["finishing"].template
    version = actions.save_prompt(account.id, ANNA, "finishing", system="Be plain.", question=template.user).version
    assert version is not None
    actions.move_label(account.id, ANNA, "finishing", "live", version.id, seen=0)
    db.session.commit()
    content_id = write(owner_client, task)
    origin = uses.origins_of(account.id, content_id)[0]
    assert (origin.version, origin.fingerprint, origin.model) == (version, version.fingerprint, MODEL)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", owner_client.get(f"/content/{content_id}/edit/").text))
    assert f"Prompt “{OPERATIONS['finishing'].title}”, version 1 , model {MODEL}" in page
    assert uses.list_contents(account.id, "finishing", version.id, {}).total == 1


@pytest.mark.usefixtures("openai")
def test_a_draft_of_the_shipped_default_says_which_default_it_was(
    owner_client: FlaskClient, account: Account, task: Task
) -> None:
    origins = uses.origins_of(account.id, write(owner_client, task))
    assert [(one.operation, one.version, one.fingerprint) for one in origins] == [
        (key, None, OPERATIONS[key].template.fingerprint) for key in ("finishing", "section", "outline")
    ]


def test_an_outline_that_no_model_wrote_has_no_origin(owner_client: FlaskClient, account: Account, task: Task) -> None:
    content_id = write(owner_client, task)
    assert uses.origins_of(account.id, content_id) == []
    assert "Written with" not in owner_client.get(f"/content/{content_id}/edit/").text


@pytest.mark.usefixtures("openai")
def test_a_draft_in_sections_says_what_its_sections_and_its_finish_were_written_with(
    owner_client: FlaskClient, account: Account, task: Task
) -> None:
    outline = [Section(f"s{at}", name, "Say it.", (name,)).stored() for at, name in enumerate("ABCD")]
    services.brief_of(task).outline = outline
    template = OPERATIONS["section"].template
    version = actions.save_prompt(account.id, ANNA, "section", system="Be plain.", question=template.user).version
    assert version is not None
    actions.move_label(account.id, ANNA, "section", "live", version.id, seen=0)
    db.session.commit()
    content_id = write(owner_client, task)
    found = [(one.operation, one.version) for one in uses.origins_of(account.id, content_id)]
    assert found == [("finishing", None), ("section", version)]
    page = uses.list_contents(account.id, "section", version.id, {})
    assert (page.total, [one[0] for one in page.items]) == (1, [content_id])
