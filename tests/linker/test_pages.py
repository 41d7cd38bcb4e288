"""The Linker's pages: the list, one content, batches, rules; with and without scripts."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.content.models import Content
from app.core.extensions import db
from app.linker import proposals
from app.linker.models import LinkProposal, LinkSettings
from app.sites.models import Site
from tests.factories.things import make_content
from tests.factories.work import newest_run, work
from tests.linker.conftest import live

HTMX = {"HX-Request": "true"}
Pages = dict[str, Content]


def proposal_of(content: Content, target: Content) -> LinkProposal:
    db.session.expire_all()
    stmt = select(LinkProposal).where(LinkProposal.content_id == content.id, LinkProposal.target_id == target.id)
    return db.session.scalars(stmt).one()


def test_an_empty_site_says_what_to_do(owner_client: FlaskClient, site: Site) -> None:
    page = owner_client.get("/linker/").text
    assert "No page has been read yet" in page
    make_content(site, "First")
    db.session.commit()
    assert owner_client.post("/linker/read/").status_code == 303
    assert work(newest_run()).state == "succeeded"
    page = owner_client.get("/linker/").text
    assert "First" in page
    assert "All are up to date." in page


def test_from_the_list_to_a_link_in_the_text_and_out_again(owner_client: FlaskClient, pages: Pages) -> None:
    cold, press = pages["Cold brew coffee"], pages["French press guide"]
    answer = owner_client.post("/linker/propose/", data={"ids": [cold.id]})
    assert answer.status_code == 303
    assert work(newest_run()).state == "succeeded"
    assert "Cold brew coffee" in owner_client.get("/linker/?show=waiting").text
    page = owner_client.get(f"/linker/contents/{cold.id}/").text
    assert "<mark>French press guide</mark>" in page
    assert "Its title stands in paragraph 1." in page
    preview = owner_client.get(f"/linker/contents/{cold.id}/preview/").text
    assert "French press guide</a></ins>" in preview
    link = proposal_of(cold, press)
    for address in (f"/linker/proposals/{link.id}/accept/", f"/linker/proposals/{link.id}/remove/"):
        answer = owner_client.post(address, data={"page": cold.id}, headers=HTMX)
        assert answer.status_code == 200
        assert 'id="links-region"' in answer.text
        assert "<html" not in answer.text
    assert proposal_of(cold, press).state == "undone"
    assert owner_client.post(f"/linker/proposals/{link.id}/again/").status_code == 303
    panel = owner_client.get(f"/linker/panel/{cold.id}/", headers=HTMX).text
    assert 'id="links-panel"' in panel
    assert "French press guide" in panel


def test_all_of_a_content_and_all_that_match(owner_client: FlaskClient, pages: Pages) -> None:
    cold = pages["Cold brew coffee"]
    owner_client.post("/linker/apply/", data={"all_matching": "1", "filter": ""})
    run = work(newest_run())
    assert run.state == "succeeded"
    assert run.data["added"] > 0
    batch = owner_client.get(run.link).text
    assert "In the text" in batch
    assert owner_client.get("/linker/batches/").text.count("Links put in") == 1
    assert owner_client.post(f"/linker/contents/{cold.id}/remove/", data={"ids": ["1x"]}).status_code == 422
    ids = [row.id for row in proposals.accepted_links(cold.account_id, cold.id)]
    assert owner_client.post(f"/linker/contents/{cold.id}/remove/", data={"ids": ids}).status_code == 303
    assert owner_client.post(f"{run.link}undo/").status_code == 303
    assert work(newest_run()).state == "succeeded"
    assert "Undone" in owner_client.get("/linker/batches/").text
    assert owner_client.post(f"{run.link}undo/").status_code == 409


def test_all_means_what_the_page_showed(owner_client: FlaskClient, pages: Pages) -> None:
    cold, press = pages["Cold brew coffee"], pages["French press guide"]
    owner_client.post(f"/linker/contents/{cold.id}/find/")
    work(newest_run())
    shown = re.search(
        r'action="/linker/contents/\d+/accept/".*?</form>', owner_client.get(f"/linker/contents/{cold.id}/").text, re.S
    )
    assert shown is not None
    ids = re.findall(r'name="ids" value="(\d+)"', shown[0])
    link = proposal_of(cold, press)
    assert str(link.id) in ids
    assert len(ids) == len(proposals.open_links(cold.account_id, cold.id))
    ids.remove(str(link.id))  # as if it had come after the page
    assert owner_client.post(f"/linker/contents/{cold.id}/accept/", data={"ids": ids}).status_code == 303
    assert proposal_of(cold, press).state == "proposed"
    assert owner_client.post(f"/linker/contents/{cold.id}/accept/", data={"ids": ids}).status_code == 409


def test_an_outdated_choice_is_an_error_in_words(owner_client: FlaskClient, pages: Pages) -> None:
    cold, press = pages["Cold brew coffee"], pages["French press guide"]
    owner_client.post(f"/linker/contents/{cold.id}/find/")
    work(newest_run())
    link = proposal_of(cold, press)
    answer = owner_client.post(f"/linker/proposals/{link.id}/edit/", data={"anchor": "<b>nowhere</b>"}, headers=HTMX)
    assert answer.status_code == 422
    assert owner_client.post(f"/linker/proposals/{link.id}/reject/").status_code == 303
    assert owner_client.post(f"/linker/proposals/{link.id}/accept/").status_code == 409
    assert owner_client.post("/linker/propose/", data={}).status_code == 422


def test_rules_are_kept_and_somebody_elses_are_not_overwritten(owner_client: FlaskClient, pages: Pages) -> None:
    press = pages["French press guide"]
    form = {
        "most_per_content": "3",
        "words_per_link": "20",
        "least_score": "70",
        "rel": "noopener",
        "nofollow_paths": "partners\n",
        "never_to": f"{press.external_url}\n",
        "never_from": "/blog/milk-frothing-at-home",
        "version": "1",
    }
    assert owner_client.post("/linker/settings/", data={**form, "never_to": "/nowhere/"}).status_code == 422
    assert owner_client.post("/linker/settings/", data={**form, "least_score": "101"}).status_code == 422
    assert owner_client.post("/linker/settings/", data=form).status_code == 303
    rules = db.session.scalars(select(LinkSettings)).one()
    assert (rules.never_to, rules.nofollow_paths, rules.rel) == ([press.id], ["/partners"], "noopener")
    assert owner_client.post("/linker/settings/", data=form).status_code == 409
    owner_client.post(f"/linker/contents/{pages['Cold brew coffee'].id}/find/")
    work(newest_run())
    assert db.session.scalar(select(LinkProposal).where(LinkProposal.target_id == press.id)) is None
    assert 'rel="noopener"' not in pages["Cold brew coffee"].content_html


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "x" * 2000, "قهوة باردة", ""])
def test_odd_titles_are_shown(owner_client: FlaskClient, site: Site, title: str) -> None:
    content = live(site, title, "<p>Words <!-- never closed", seo_title="x")
    db.session.commit()
    owner_client.post("/linker/read/")
    assert work(newest_run()).state == "succeeded"
    for path in ("/linker/", f"/linker/contents/{content.id}/", f"/linker/contents/{content.id}/preview/"):
        page = owner_client.get(path)
        assert page.status_code == 200
        assert "<script>alert(1)" not in page.text


@pytest.mark.parametrize("ids", [[], ["abc"], ["0"], ["99999999999999999999"]])
def test_what_names_no_link_accepts_none(owner_client: FlaskClient, pages: Pages, ids: list[str]) -> None:
    cold = pages["Cold brew coffee"]
    owner_client.post(f"/linker/contents/{cold.id}/find/")
    work(newest_run())
    answer = owner_client.post(f"/linker/contents/{cold.id}/accept/", data={"ids": ids})
    assert answer.status_code == 422
    assert set(db.session.scalars(select(LinkProposal.state))) == {"proposed"}


@pytest.mark.parametrize(
    "line",
    [
        "https://partner.example",
        "//evil.example",
        "javascript:alert(1)",
        "partner.example",
        "mailto:a@b.example",
        "?x=1",
    ],
)
def test_an_address_elsewhere_is_refused_at_its_field(owner_client: FlaskClient, pages: Pages, line: str) -> None:
    form = {"most_per_content": "3", "words_per_link": "20", "least_score": "70", "version": "1"}
    answer = owner_client.post("/linker/settings/", data={**form, "nofollow_paths": f"/fine\n{line}"})
    assert answer.status_code == 422
    assert "is not an address of this site" in answer.text
    assert db.session.scalars(select(LinkSettings.nofollow_paths)).one() == []


def test_rules_that_change_reach_the_proposals_that_wait(owner_client: FlaskClient, site: Site, pages: Pages) -> None:
    cold = pages["Cold brew coffee"]
    owner_client.post(f"/linker/contents/{cold.id}/find/")
    work(newest_run())
    first, second = db.session.scalars(select(LinkProposal).order_by(LinkProposal.id)).all()[:2]
    first.rel = "noopener"  # as a person chose
    db.session.commit()
    form = {"most_per_content": "3", "words_per_link": "20", "least_score": "70"}
    for version, paths, rel in ((1, f"\ufeff{site.url}/blog/?utm_source=x\n", "nofollow"), (2, "", "")):
        answer = owner_client.post("/linker/settings/", data={**form, "nofollow_paths": paths, "version": str(version)})
        assert answer.status_code == 303, answer.text
        db.session.expire_all()
        assert db.session.get_one(LinkProposal, second.id).rel == rel
    assert db.session.get_one(LinkProposal, first.id).rel == "noopener"
