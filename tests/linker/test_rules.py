"""The rules for links: what is no address of the site is refused at its field, and what waits follows them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.linker import actions
from app.linker.models import FormerAddress, LinkPage, LinkProposal, LinkSettings
from app.linker.paths import contents_at
from app.linker.settings import rel_for
from app.sites.models import Site
from tests.linker.test_linking import COLD, PRESS, Pages, link, to

FORM = {"most_per_content": "5", "words_per_link": "10", "least_score": "0", "rel": "", "version": "1"}


@pytest.mark.parametrize(
    "line",
    [
        "https://partner.example",
        "//evil.example",
        "javascript:alert(1)",
        "mailto:a@b.example",
        "/",
        "https://[",
        "/?p=1",
    ],
)
def test_what_is_no_path_of_the_site_is_refused_at_its_field(owner_client: FlaskClient, site: Site, line: str) -> None:
    answer = owner_client.post("/linker/settings/", data={**FORM, "nofollow_paths": line, "version": "0"})
    assert answer.status_code == 422
    assert "is not an address of this site." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert db.session.scalar(select(LinkSettings)) is None


def test_addresses_are_read_as_they_are_pasted(owner_client: FlaskClient, site: Site, pages: Pages) -> None:
    lines = f"\ufeff{site.url}/partners/\r\n deals \r\n/partners\r\n"
    form = {**FORM, "nofollow_paths": lines, "never_to": f"\ufeff{pages[PRESS].external_url}"}
    assert owner_client.post("/linker/settings/", data=form).status_code == 303
    rules = db.session.scalars(select(LinkSettings)).one()
    assert (rules.nofollow_paths, rules.never_to) == (["/partners", "/deals"], [pages[PRESS].id])
    assert [rel_for(rules, address) for address in ("/partners", "/partners/a", "/partnership", "/")] == [
        "nofollow",
        "nofollow",
        "",
        "",
    ]
    kept = LinkSettings(rel="", nofollow_paths=["/"])  # as a domain was kept before
    assert rel_for(kept, "/blog/a") == ""


@pytest.mark.parametrize(
    "written",
    [
        "{url}?utm_source=mail&utm_medium=post",
        "{url}#how-to",
        "{bare}",
        "{bare}?gclid=1#a",
        "//www.{host}/blog/french-press-guide",
        "http://{host}/blog/French-Press-Guide/",
        "{host}/blog/french-press-guide/",
        "blog/french-press-guide?fbclid=2",
        "/blog/old%2Dpress/",
    ],
)
def test_a_page_that_is_left_alone_is_known_however_it_is_written(
    owner_client: FlaskClient, site: Site, pages: Pages, written: str
) -> None:
    press = pages[PRESS]
    where = {"account_id": site.account_id, "site_id": site.id, "content_id": press.id}
    db.session.add(FormerAddress(**where, address="/blog/old-press"))
    db.session.commit()
    url, host = str(press.external_url), site.url.partition("//")[2]
    line = written.format(url=url, bare=url.rstrip("/"), host=host)
    form = {**FORM, "never_to": line, "never_from": f"{line}\n{url}"}
    answer = owner_client.post("/linker/settings/", data=form)
    assert answer.status_code == 303, answer.text
    rules = db.session.scalars(select(LinkSettings)).one()
    assert (rules.never_to, rules.never_from) == ([press.id], [press.id])


def test_an_address_that_no_page_has_is_said(owner_client: FlaskClient, site: Site, pages: Pages) -> None:
    form = {**FORM, "never_to": "/blog/french-press-guide/\n/nowhere/?utm_source=x"}
    answer = owner_client.post("/linker/settings/", data=form)
    assert answer.status_code == 422
    assert "There is no page at /nowhere/?utm_source=x." in answer.text


def test_a_page_with_letters_of_any_script_is_found_as_browsers_show_it(site: Site, pages: Pages) -> None:
    stored = "/%d9%82%d9%87%d9%88%d8%a9"
    db.session.execute(update(LinkPage).where(LinkPage.content_id == pages[PRESS].id).values(address=stored))
    for line in ("/قهوة", stored, stored.upper()):
        assert contents_at(site.id, [line]) == {line: pages[PRESS].id}
    assert contents_at(site.id, ["/no"]) == {}


def test_what_waits_follows_the_rules(owner_client: FlaskClient, site: Site, pages: Pages) -> None:
    link(site, pages[COLD])
    first, second = to(pages[COLD], pages[PRESS]), to(pages[COLD], pages["Burr grinder or blade"])
    assert (first.rel, second.rel) == ("", "")
    actions.edit_link(site.account_id, THE_APP, second.id, anchor=second.anchor, nofollow=True)
    db.session.commit()
    first_id, second_id, cold_id = first.id, second.id, pages[COLD].id
    form = {**FORM, "nofollow_paths": "/blog/", "rel": "noopener"}
    assert owner_client.post("/linker/settings/", data=form).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(LinkProposal, first_id).rel == "noopener nofollow"
    assert db.session.get_one(LinkProposal, second_id).rel == "nofollow"  # a person chose it
    form = {**FORM, "version": "2", "never_to": str(pages[PRESS].external_url)}
    assert owner_client.post("/linker/settings/", data=form).status_code == 303
    db.session.expire_all()
    assert db.session.get(LinkProposal, first_id) is None
    stmt = select(LinkProposal.rel).where(LinkProposal.content_id == cold_id, LinkProposal.id != second_id)
    assert set(db.session.scalars(stmt)) <= {""}
    waiting = db.session.scalars(select(LinkPage.waiting).where(LinkPage.content_id == cold_id)).one()
    assert waiting == len(db.session.scalars(stmt).all()) + 1


@pytest.mark.parametrize("anchor", ["", " ", ".", ",", "a", "the"])
def test_words_that_say_nothing_carry_no_link(site: Site, pages: Pages, anchor: str) -> None:
    link(site, pages[COLD])
    proposal = to(pages[COLD], pages[PRESS])
    with pytest.raises(Exception, match="do not say where the link leads") as refused:
        actions.edit_link(site.account_id, THE_APP, proposal.id, anchor=anchor, nofollow=False)
    assert refused.value.code == "LINK_WORDS_EMPTY"  # type: ignore[attr-defined]


def test_chance_is_not_proposed(site: Site, pages: dict[str, Content]) -> None:
    link(site, *pages.values())
    assert min(db.session.scalars(select(LinkProposal.score))) >= 20
