"""Making, changing and sorting content."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from app.content.listing import CONTENT_LIST, content_by_cluster, list_content, matching_ids
from app.content.models import Content
from app.content.services import (
    ContentEditConflict,
    assign_cluster,
    attach_term,
    create_content,
    detach_term,
    update_content,
)
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.listing.selection import filters_of
from app.core.row_security import within
from app.planner.models import Cluster
from app.sites.models import Site
from tests.factories.people import make_account
from tests.factories.things import make_cluster, make_content, make_sector, make_site, make_task, make_term


def test_a_draft_is_made_with_all_it_is_given(site: Site, cluster: Cluster) -> None:
    sector = make_sector(site)
    content = create_content(
        site.account_id,
        site.id,
        title="Cold brew",
        content_html="<p>x</p>",
        excerpt="e",
        seo_title="t",
        seo_description="d",
        focus_keywords=["cold brew", " Cold  Brew", "ratio"],
        content_type="Page",
        content_structure="Guide",
        cluster_id=cluster.id,
        sector_id=sector.id,
        task_id=None,
        is_outline=True,
    )
    assert (content.status, content.source, content.version) == ("draft", "igny8", 1)
    assert content.focus_keywords == ["cold brew", "ratio"]
    assert content.is_outline


def test_a_task_makes_one_piece_of_content(site: Site, cluster: Cluster) -> None:
    task = make_task(cluster)
    first = create_content(site.account_id, site.id, title="One", content_html="", task_id=task.id)
    again = create_content(site.account_id, site.id, title="Two", content_html="", task_id=task.id)
    assert first.id == again.id
    assert again.title == "One"


def test_parents_of_another_account_or_site_are_refused(site: Site) -> None:
    stranger = make_site(make_account("Elsewhere"))
    with pytest.raises(NotFound):
        create_content(site.account_id, stranger.id, title="x", content_html="")
    with pytest.raises(NotFound):
        create_content(site.account_id, site.id, title="x", content_html="", cluster_id=make_cluster(stranger).id)
    sibling = db.session.get(Site, site.id)
    assert sibling is not None
    other_site = Site(account_id=site.account_id, name="Second", url="https://second.example.com")
    db.session.add(other_site)
    db.session.commit()
    with pytest.raises(DomainError):
        create_content(site.account_id, site.id, title="x", content_html="", cluster_id=make_cluster(other_site).id)


def test_an_edit_raises_the_version_and_keeps_untouched_bytes(site: Site) -> None:
    stored = "<!-- wp:paragraph -->\r\n<p>One<br/></p>\r\n<!-- /wp:paragraph -->\r\n\r\n<p>Two</p>"
    content = make_content(site, content_html=stored)
    sent = stored.replace("\r\n", "\n").replace("Two", "Three")
    saved = update_content(content.id, content.account_id, {"content_html": sent}, expected_version=1)
    assert saved.content_html == stored.replace("Two", "Three")
    assert saved.version == 2


def test_the_second_of_two_editors_gets_a_conflict(site: Site) -> None:
    content = make_content(site, "First")
    update_content(content.id, content.account_id, {"title": "Theirs"}, expected_version=1)
    with pytest.raises(ContentEditConflict) as caught:
        update_content(content.id, content.account_id, {"title": "Mine"}, expected_version=1)
    assert caught.value.current.title == "Theirs"


def test_of_many_saves_at_once_one_wins(app: Flask, site: Site) -> None:
    content_id, account_id = make_content(site).id, site.account_id
    gate, wins, conflicts = Barrier(6), [], []

    def save(number: int) -> None:
        with app.app_context(), within(account_id):
            gate.wait()
            try:
                update_content(content_id, account_id, {"title": f"Title {number}"}, expected_version=1)
                db.session.commit()
                wins.append(number)
            except ContentEditConflict:
                conflicts.append(number)
            finally:
                db.session.remove()

    threads = [Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(wins), len(conflicts)) == (1, 5)
    db.session.expire_all()
    assert db.session.get_one(Content, content_id).title == f"Title {wins[0]}"


def test_an_empty_title_is_refused(site: Site) -> None:
    content = make_content(site)
    with pytest.raises(DomainError) as caught:
        update_content(content.id, content.account_id, {"title": " \n "}, expected_version=1)
    assert caught.value.field == "title"


def test_batch_services_touch_only_this_site(site: Site, cluster: Cluster) -> None:
    mine = [make_content(site) for _ in range(3)]
    stranger = make_content(make_site(make_account("Elsewhere")))
    term = make_term(site)
    ids = [*(row.id for row in mine), stranger.id]
    assert assign_cluster(site.account_id, site.id, ids, cluster.id) == 3
    assert attach_term(site.account_id, site.id, ids, term.id) == 3
    assert attach_term(site.account_id, site.id, ids, term.id) == 0
    assert detach_term(site.account_id, site.id, ids[:1], term.id) == 1
    db.session.commit()
    assert [row.cluster_id for row in mine] == [cluster.id] * 3
    assert [len(row.terms) for row in mine] == [0, 1, 1]
    assert db.session.get_one(Content, stranger.id).cluster_id is None
    assert assign_cluster(site.account_id, site.id, select(Content.id), None) == 3


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Cold brew ratios", "Burr grinder", "About us (50%)"]),
        ("q=bre", ["Cold brew ratios"]),
        ("q=brew+cold", ["Cold brew ratios"]),
        ("q=50%25", ["About us (50%)"]),
        ("q=%27%3A%26%7C%21", []),
        ("type=Page", ["About us (50%)"]),
        ("status=published", ["Burr grinder"]),
        ("source=wordpress", ["Burr grinder"]),
        ("cluster=none", ["Cold brew ratios", "About us (50%)"]),
        ("taxonomy=tag", ["Cold brew ratios"]),
        ("taxonomy=category", []),
        ("sort=title", ["About us (50%)", "Burr grinder", "Cold brew ratios"]),
        ("sort=-nonsense&page=abc&type=Nonsense", ["Cold brew ratios", "Burr grinder", "About us (50%)"]),
        ("page=999999", ["Cold brew ratios", "Burr grinder", "About us (50%)"]),
    ],
)
def test_filters(site: Site, cluster: Cluster, query: str, titles: list[str]) -> None:
    make_content(site, "About us (50%)", content_type="Page")
    make_content(site, "Burr grinder", status="published", source="wordpress", cluster_id=cluster.id)
    make_content(site, "Cold brew ratios").terms = [make_term(site, "Water", "tag")]
    db.session.commit()
    filters = CONTENT_LIST.read(filters_of(query))
    page = list_content(site.account_id, site.id, filters)
    assert [row.title for row in page.items] == titles
    matching = db.session.scalars(matching_ids(site.account_id, site.id, filters)).all()
    assert sorted(matching) == sorted(row.id for row in page.items)


def test_filter_by_cluster_and_term_ids(site: Site, cluster: Cluster) -> None:
    term = make_term(site)
    row = make_content(site, cluster_id=cluster.id)
    row.terms = [term]
    make_content(site)
    db.session.commit()
    for values in ({"cluster": str(cluster.id)}, {"term": str(term.id)}):
        filters = CONTENT_LIST.read(values)
        assert [found.id for found in list_content(site.account_id, site.id, filters).items] == [row.id]
    assert content_by_cluster(site.account_id, cluster.id, {"type": "Article"}).total == 1
    assert content_by_cluster(site.account_id, cluster.id, {"type": "Product"}).total == 0
    with pytest.raises(NotFound):
        content_by_cluster(make_account("Elsewhere").id, cluster.id, {"type": "Article"})
