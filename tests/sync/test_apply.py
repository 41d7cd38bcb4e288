"""Applying what WordPress tells: matched, never doubled, and nothing edited here overwritten."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.content.models import Content
from app.content.services import update_content
from app.core.clock import utcnow
from app.core.extensions import db
from app.mirror.apply import Applied, apply_post_items
from app.mirror.create import AT_ONCE
from app.mirror.models import RemoteChange, RemoteState
from app.mirror.terms import apply_term_items, unknown_terms
from app.planner.models import Cluster
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import find_or_create_term
from tests.factories.plugin import post, term
from tests.factories.things import make_cluster, make_content, make_keyword, make_site, make_term


def apply(site: Site, *items: Any, **options: Any) -> Applied:
    applied = apply_post_items(site.account_id, site.id, items, **options)
    db.session.commit()
    return applied


def content_of(site: Site, post_id: int) -> Content:
    db.session.rollback()
    state = db.session.scalars(
        select(RemoteState).where(RemoteState.external_id == post_id, RemoteState.site_id == site.id)
    ).one()
    return db.session.get_one(Content, state.content_id)


def state_of(content: Content) -> RemoteState:
    return db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()


def edit(content: Content, **changes: Any) -> None:
    update_content(content.id, content.account_id, changes, expected_version=content.version)
    db.session.commit()


def test_a_post_becomes_a_draft_that_knows_where_it_is_live(site: Site) -> None:
    html = '<!-- wp:paragraph -->\n<p>Back\\slash 😀 ünï [gallery ids="1"]</p>\r\n\n<!-- /wp:paragraph --> \n'
    apply_term_items(site.account_id, site.id, [term(5, name="News", slug="news"), term(9, "genre", name="Jazz")])
    item = post(
        7,
        title="Tom & <b>Jerry</b>  😀",
        content=html,
        excerpt=" e ",
        slug="%d0%bf%d1%80%d0%b8%d0%b2%d0%b5%d1%82_x",
        terms={"category": [5], "genre": [9]},
        seo={"title": "T", "description": "D", "canonical": "https://a.example/", "focus_keywords": ["one", "two"]},
    )
    assert apply(site, item).created == 1
    content = content_of(site, 7)
    assert (content.status, content.source, content.remote_status) == ("draft", "wordpress", "publish")
    assert (content.title, content.content_html, content.excerpt) == ("Tom & <b>Jerry</b>  😀", html, " e ")
    assert (content.slug, content.external_id, content.external_url) == ("привет_x", 7, "https://example.com/post-7/")
    assert (content.seo_title, content.seo_canonical, content.focus_keywords) == (
        "T",
        "https://a.example/",
        ["one", "two"],
    )
    assert [(one.name, one.taxonomy_type) for one in content.terms] == [("Jazz", "custom"), ("News", "category")]
    assert content.cluster_id is None


@pytest.mark.parametrize(
    ("kind", "expected"), [("post", "Article"), ("page", "Page"), ("product", "Product"), ("recipe", "Article")]
)
def test_types_are_mapped(site: Site, kind: str, expected: str) -> None:
    apply(site, post(3, type=kind))
    content = content_of(site, 3)
    assert (content.content_type, content.content_structure) == (expected, "")


def test_importing_again_changes_and_doubles_nothing(site: Site) -> None:
    items = [post(number) for number in range(1, 30)]
    assert apply(site, *items).created == 29
    again = apply(site, *items)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 29)
    assert db.session.scalar(select(func.count()).select_from(Content)) == 29
    assert content_of(site, 5).version == 1


def test_what_only_wordpress_changed_is_taken_over(site: Site) -> None:
    apply(site, post(1))
    applied = apply(
        site,
        post(1, title="New", content="<p>New</p>", slug="new", seo={"title": "S"}),
        cause="event",
        changed_by={1: "Ann"},
    )
    content = content_of(site, 1)
    assert applied.updated == 1
    assert (content.title, content.content_html, content.slug, content.seo_title) == ("New", "<p>New</p>", "new", "S")
    assert content.version == 2
    told = db.session.scalars(select(RemoteChange)).one()
    assert (told.changed_by, told.taken, told.kept) == ("Ann", ["title", "content", "slug", "seo_title"], [])
    assert told.message == "Updated from WordPress: title, text, slug, SEO title."
    assert state_of(content).agreed_version == 2


def test_what_was_changed_here_stays_and_what_both_changed_is_a_conflict(site: Site) -> None:
    apply(site, post(1))
    edit(content_of(site, 1), title="Mine", seo_description="Mine too")
    applied = apply(site, post(1, title="Theirs", excerpt="Theirs"))
    content = content_of(site, 1)
    assert (content.title, content.excerpt, content.seo_description) == ("Mine", "Theirs", "Mine too")
    assert (state_of(content).ahead, applied.kept) == (["title"], 1)
    assert state_of(content).fields["title"] == "Theirs"
    apply(site, post(1, title="Theirs again", excerpt="Theirs"))
    content = content_of(site, 1)
    assert (content.title, state_of(content).ahead) == ("Mine", ["title"])
    edit(content, title="Theirs again")
    apply(site, post(1, title="Theirs again", excerpt="More"))
    assert (state_of(content_of(site, 1)).ahead, content_of(site, 1).excerpt) == ([], "More")


def test_the_same_edit_on_both_sides_is_no_conflict(site: Site) -> None:
    apply(site, post(1))
    edit(content_of(site, 1), title="Same")
    assert apply(site, post(1, title="Same")).kept == 0
    assert state_of(content_of(site, 1)).ahead == []


def test_terms_are_added_and_taken_away_one_by_one(site: Site) -> None:
    apply_term_items(site.account_id, site.id, [term(5), term(6), term(7)])
    apply(site, post(1, terms={"category": [5, 6]}))
    content = content_of(site, 1)
    content.terms = [*content.terms, make_term(site, "Only here")]
    db.session.commit()
    apply(site, post(1, terms={"category": [6, 7]}))
    assert sorted(one.name for one in content_of(site, 1).terms) == ["Only here", "Term 6", "Term 7"]


def test_a_term_that_was_not_known_is_attached_once_it_is(site: Site) -> None:
    item = post(1, terms={"category": [5]})
    assert unknown_terms(site.id, [item.terms]) == [5]
    apply(site, item)
    assert content_of(site, 1).terms == []
    apply_term_items(site.account_id, site.id, [term(5)])
    apply(site, item)
    assert [one.name for one in content_of(site, 1).terms] == ["Term 5"]


def test_our_own_term_is_found_again_by_its_slug_and_renamed_by_its_id(site: Site) -> None:
    ours = make_term(site, "Café noir", slug="cafe-noir")
    assert apply_term_items(site.account_id, site.id, [term(5, name="Cafe Noir", slug="cafe-noir")]) == {}
    apply_term_items(site.account_id, site.id, [term(5, name="Black", slug="black", parent=3, description="D")])
    db.session.commit()
    found = db.session.scalars(select(ContentTaxonomy)).one()
    assert (found.id, found.name, found.slug, found.external_id) == (ours.id, "Black", "black", 5)
    assert (found.external_parent_id, found.description) == (3, "D")


def test_a_term_is_taken_for_one_of_ours_by_its_name_whatever_the_slugs(site: Site) -> None:
    ours = [find_or_create_term(site.account_id, site.id, "category", name) for name in ("C", "C++", "C#")]
    items = [term(5, name="C#", slug="c"), term(6, name="C++", slug="c-3"), term(7, name="c", slug="c-2")]
    assert apply_term_items(site.account_id, site.id, items) == {}
    assert [(one.name, one.external_id, one.slug) for one in ours] == [
        ("c", 7, "c-2"),
        ("C++", 6, "c-3"),
        ("C#", 5, "c"),
    ]
    assert len(apply_term_items(site.account_id, site.id, [term(8, name="C--", slug="c-4")])) == 1


def test_two_terms_may_swap_their_slugs(site: Site) -> None:
    apply_term_items(site.account_id, site.id, [term(5, slug="a"), term(6, slug="b")])
    apply_term_items(site.account_id, site.id, [term(5, slug="b"), term(6, slug="a")])
    db.session.commit()
    rows = db.session.execute(select(ContentTaxonomy.external_id, ContentTaxonomy.slug)).all()
    assert sorted(map(tuple, rows)) == [(5, "b"), (6, "a")]


def test_the_cluster_follows_meta_and_term_whichever_was_changed_last(site: Site) -> None:
    one, two = make_cluster(site, "One"), make_cluster(site, "Two")
    terms = [
        term(50, "igny8_cluster", name="One", igny8_id=str(one.id)),
        term(51, "igny8_cluster", name="two"),
        term(52, "igny8_cluster", name="Made there"),
    ]
    apply_term_items(site.account_id, site.id, terms)
    made = db.session.scalars(select(Cluster).where(Cluster.name == "Made there")).one().id
    published = str(make_content(site).id)

    def told(meta: int | None, standing: list[int]) -> int | None:
        meta_id = str(meta) if meta else None
        relations = {"cluster_id": meta_id}
        apply(site, post(1, content_id=published, relations=relations, terms={"igny8_cluster": standing}))
        return content_of(site, 1).cluster_id

    assert told(None, []) is None
    assert told(one.id, []) == one.id
    assert told(one.id, [51]) == two.id
    assert told(one.id, [51]) == two.id
    assert told(two.id, [51, 52]) == two.id
    assert told(two.id, [52]) == made
    assert told(999_999, [52]) == made
    assert told(None, [52]) is None
    assert db.session.scalar(select(func.count()).select_from(ContentTaxonomy)) == 0


def test_keywords_of_this_site_are_linked(site: Site, account: Any) -> None:
    mine, foreign = make_keyword(site), make_keyword(make_site(account))
    ids = [str(mine.id), str(foreign.id), "x", "0"]
    apply(site, post(1, content_id=str(make_content(site).id), relations={"keyword_ids": ids}))
    assert [one.id for one in content_of(site, 1).keywords] == [mine.id]


def test_numbers_of_the_old_plugin_are_not_taken_for_ours(site: Site, account: Any) -> None:
    """Older plugins tell what the metas say whoever wrote them; ids of ours may exist under any number."""
    cluster, other, keyword = make_cluster(site), make_cluster(site), make_keyword(site)
    relations = {"cluster_id": str(cluster.id), "sector_id": "1", "keyword_ids": [str(keyword.id)]}
    elsewhere = make_content(make_site(account))
    for number, content_id in enumerate((None, str(elsewhere.id), "999999"), 1):
        for title in ("New", "Changed there"):
            apply(site, post(number, title=title, content_id=content_id, relations=relations))
            content = content_of(site, number)
            assert (content.title, content.cluster_id, content.sector_id, content.keywords) == (title, None, None, [])
    apply_term_items(site.account_id, site.id, [term(50, "igny8_cluster", igny8_id=str(other.id))])
    apply(site, post(1, relations=relations, terms={"igny8_cluster": [50]}))
    assert content_of(site, 1).cluster_id == other.id


def test_a_cluster_chosen_here_stays_whatever_the_old_numbers_say(site: Site) -> None:
    old, chosen = make_cluster(site), make_cluster(site)
    apply(site, post(1, relations={"cluster_id": str(old.id)}))
    edit(content_of(site, 1), cluster_id=chosen.id)
    apply(site, post(1, title="Changed there", relations={"cluster_id": str(old.id)}))
    content = content_of(site, 1)
    assert (content.title, content.cluster_id, state_of(content).ahead) == ("Changed there", chosen.id, [])


def test_news_is_not_undone_by_a_page_that_was_read_before(site: Site) -> None:
    before = utcnow() - timedelta(seconds=5)
    apply(site, post(1))
    apply(site, post(1, title="News"), cause="event")
    assert apply(site, post(1, title="Old"), read_at=before).unchanged == 1
    assert content_of(site, 1).title == "News"


def test_the_number_of_statements_does_not_grow_with_the_page(site: Site) -> None:
    account_id, site_id = site.account_id, site.id
    apply_term_items(account_id, site_id, [term(5)])

    def statements(numbers: range, **changes: Any) -> int:
        items = [post(number, terms={"category": [5]}, **changes) for number in numbers]
        db.session.commit()  # each in a transaction of its own, which begins with saying whose it is
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        apply_post_items(account_id, site_id, items)
        event.remove(db.engine, "before_cursor_execute", listener)
        db.session.commit()
        return len(seen)

    small, large = statements(range(1, 5)), statements(range(100, 600))
    assert large == small + 3 * (500 // AT_ONCE - 1)  # three for each part of what is new
    assert statements(range(100, 600), title="New") == statements(range(1, 5), title="New")


def test_a_slug_that_wordpress_made_survives_the_editor(site: Site) -> None:
    apply(site, post(1, slug="my_old__slug"))
    edit(content_of(site, 1), title="New title", slug="my_old__slug")
    assert content_of(site, 1).slug == "my_old__slug"
    edit(content_of(site, 1), slug="My new slug")
    assert content_of(site, 1).slug == "my-new-slug"


def test_a_content_that_was_published_anew_is_not_doubled(site: Site) -> None:
    apply(site, post(1))
    content = content_of(site, 1)
    apply(site, post(8, title="Post 1", content_id=str(content.id)))
    assert content_of(site, 8).id == content.id
    assert db.session.scalar(select(func.count()).select_from(Content)) == 1
