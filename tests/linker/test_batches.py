"""Batches: their counts are those of their lists, they are undone as far as can be, and nothing is started twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.billing.credits import balance
from app.billing.models import CreditUsage
from app.content.editing.working_copies import discard, keep_working_copy
from app.content.models import Content
from app.content.trash.services import restore, trash_contents
from app.core.actor import THE_APP
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.row_security import act_for
from app.core.runs import Run
from app.core.runs import actions as run_actions
from app.identity.models import User
from app.linker import actions, batches, proposals
from app.linker.models import LinkBatch, LinkProposal, LinkSettings
from app.sites.models import Site
from tests.factories.work import openai, work
from tests.fakes.openai_server import FakeOpenAI
from tests.linker.conftest import live
from tests.linker.test_linking import COLD, PRESS, Pages, html_of, link

__all__ = ["openai"]
KETTLE = "Descaling a kettle"


def figures(batch: LinkBatch) -> tuple[int, int, int, int]:
    found = batches.batch_figures([batch.id])[batch.id]
    return found.proposed, found.added, found.removed, found.links


def test_links_found_again_are_of_the_later_batch_and_the_page_says_so(
    owner_client: FlaskClient, site: Site, pages: Pages
) -> None:
    first, second = link(site, pages[COLD]), link(site, pages[COLD])
    count = first.proposed
    assert count > 0
    assert figures(first) == (0, 0, 0, 0)
    assert figures(second) == (count, 0, 0, count)
    page = owner_client.get(f"/linker/batches/{first.id}/").text
    assert f"{count} more links were found" in page
    assert "No words of these texts fit" not in page
    assert "Undo batch" not in page
    page = owner_client.get(f"/linker/batches/{second.id}/").text
    assert page.count("/linker/contents/") == count
    assert "Undo batch" in page
    assert owner_client.get("/linker/batches/").status_code == 200


def test_what_people_accept_is_put_in_and_what_they_take_out_taken_out(site: Site, pages: Pages) -> None:
    batch = link(site, pages[COLD])
    ids = [row.id for row in proposals.open_links(site.account_id, pages[COLD].id)]
    actions.accept_links(site.account_id, THE_APP, ids)
    actions.take_out_link(site.account_id, THE_APP, ids[0])
    db.session.commit()
    waiting = batches.batch_figures([batch.id])[batch.id].proposed
    assert figures(batch) == (waiting, len(ids), 1, waiting + len(ids))


def test_undo_goes_on_with_what_it_left_out(site: Site, pages: Pages, owner: User) -> None:
    milk = live(site, "Milk for two", "<p>Read the French press guide and froth the milk at home, then pour it in.</p>")
    db.session.commit()
    batch = link(site, *pages.values(), milk, apply=True)
    edited, trashed = pages[COLD], milk
    assert ["<a " in html_of(content) for content in (edited, trashed)] == [True, True]
    fields = [("title", ["Mine"])]
    keep_working_copy(site.account_id, edited.id, owner.id, fields, base_version=2, tab="a", take_over=False)
    trash_contents([trashed.id], None)
    db.session.commit()
    run = work(_undo(batch))
    assert "1 that somebody is editing" in run.message
    assert "1 that is in the trash" in run.message
    assert batches.batch_figures([batch.id])[batch.id].left > 0
    discard(site.account_id, edited.id, owner.id)
    restore([trashed.id])
    db.session.commit()
    assert work(_undo(batch)).state == "succeeded"
    assert [content.title for content in (*pages.values(), milk) if "<a " in html_of(content)] == []
    assert batches.batch_figures([batch.id])[batch.id].left == 0
    with pytest.raises(Conflict, match="undone already"):
        actions.undo_link_batch(site.account_id, THE_APP, batch.id)


def _undo(batch: LinkBatch) -> Run:
    run = actions.undo_link_batch(batch.account_id, THE_APP, batch.id)
    db.session.commit()
    return run


def start(site: Site, *contents: Content, apply: bool = False) -> actions.LinkingStarted:
    ids = [content.id for content in contents]
    started = actions.start_linking(site.account_id, THE_APP, site.id, ids, apply=apply)
    db.session.commit()
    return started


def test_what_is_under_way_is_not_started_twice(site: Site, pages: Pages) -> None:
    first = start(site, pages[COLD], pages[PRESS])
    again = start(site, pages[COLD])
    assert (again.run.id, again.batch.id, again.left_out) == (first.run.id, first.batch.id, 1)
    with pytest.raises(Conflict, match="already"):
        start(site, pages[COLD], apply=True)
    db.session.rollback()
    third = start(site, pages[COLD], pages[KETTLE])
    assert (third.run.params["content_ids"], third.left_out) == ([pages[KETTLE].id], 1)
    run_actions.cancel_run(THE_APP, first.run)
    db.session.commit()
    assert start(site, pages[COLD]).left_out == 0


def test_four_clicks_at_once_start_one_run(app: Flask, site: Site, pages: Pages) -> None:
    account_id, site_id, ids = site.account_id, site.id, [content.id for content in pages.values()]
    db.session.commit()

    def click(_number: int) -> str:
        with app.app_context():
            act_for(account_id)
            started = actions.start_linking(account_id, THE_APP, site_id, ids, apply=True)
            run_id = str(started.run.id)
            db.session.commit()
            return run_id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(click, range(4)))) == 1
    assert db.session.scalar(select(func.count()).select_from(LinkBatch)) == 1


def test_what_no_model_wrote_is_free(owner_client: FlaskClient, site: Site, pages: Pages, openai: FakeOpenAI) -> None:
    before = balance(site.account_id)
    assert "data-batch-each" not in owner_client.get("/linker/").text
    started = start(site, *pages.values(), apply=True)
    assert balance(site.account_id) == before  # nothing is put aside either
    assert work(started.run).state == "succeeded"
    paid = select(func.coalesce(func.sum(CreditUsage.credits), 0))
    assert (db.session.scalar(paid), balance(site.account_id), openai.requests) == (0, before, [])
    assert db.session.scalar(select(func.count()).select_from(LinkProposal)) > 0
    db.session.execute(update(LinkSettings).values(sentences=True))
    db.session.commit()
    assert 'data-batch-each="8"' in owner_client.get("/linker/").text
