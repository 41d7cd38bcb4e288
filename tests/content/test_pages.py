"""The Content Manager's pages."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.content.models import Content
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run, start_run
from app.planner.models import Cluster
from app.sites.models import Site
from tests.factories.things import make_content, make_term
from tests.factories.work import a_kind

HTMX = {"HX-Request": "true"}


def edit(row: Content, /, **changes: object) -> dict[str, object]:
    """A filled-in editor form."""
    values: dict[str, object] = {
        "version": row.version,
        "title": row.title,
        "content": row.content_html,
        "seo_title": "",
        "seo_description": "",
        "focus_keywords": "",
        "slug": "",
        "excerpt": "",
        "cluster_id": "",
        "content_structure": row.content_structure,
        "new_terms": "",
        "new_terms_taxonomy": "category",
    }
    return {**values, **changes}


def test_the_table_shows_every_column(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    row = make_content(
        site,
        "Cold brew <b>",
        cluster_id=cluster.id,
        is_outline=True,
        status="published",
        external_url="https://example.com/cold/",
        source="wordpress",
    )
    row.terms = [make_term(site, "Guides"), make_term(site, "Water", "tag")]
    db.session.commit()
    html = owner_client.get("/content/").text
    assert f'id="content-row-{row.id}"' in html
    for words in (
        "Cold brew &lt;b&gt;",
        "Article",
        "Guide",
        cluster.name,
        "Guides, Water",
        "Live",
        "WordPress",
        "Outline",
        "https://example.com/cold/",
        'aria-label="Select all on this page"',
        f'href="/planner/clusters/{cluster.id}/"',
    ):
        assert words in html


def test_htmx_gets_the_region_only(owner_client: FlaskClient, site: Site) -> None:
    make_content(site)
    html = owner_client.get("/content/?q=content", headers=HTMX).text
    assert html.lstrip().startswith('<div class="region" id="content-region"')
    assert "<html" not in html
    assert "<html" in owner_client.get("/content/?q=x", headers={**HTMX, "HX-History-Restore-Request": "true"}).text


def test_empty_pages_say_what_to_do(owner_client: FlaskClient) -> None:
    assert "Add site" in owner_client.get("/content/").text


def test_an_empty_list_and_an_empty_search_differ(owner_client: FlaskClient, site: Site) -> None:
    assert "No content yet" in owner_client.get("/content/").text
    assert "Nothing matches" in owner_client.get("/content/?q=zebra").text


def test_a_viewer_sees_no_buttons_that_they_may_not_press(viewer_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    html = viewer_client.get("/content/").text + viewer_client.get(f"/content/{content.id}/edit/").text
    for words in ("Publish</button>", "Assign cluster", "Select all", ">Save<", "Upload"):
        assert words not in html
    assert viewer_client.post(f"/content/{content.id}/edit/", data=edit(content)).status_code == 403


def test_a_running_publish_shows_in_its_row(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    run = start_run(
        account_id=site.account_id,
        kind=a_kind("publish", "jobs.x"),
        title="Publish",
        actor=THE_APP,
        subject_type="content",
        subject_id=content.id,
    )
    db.session.commit()
    html = owner_client.get(f"/content/{content.id}/row/").text
    assert f"/runs/{run.id}/" in html
    assert 'role="progressbar"' in html


def publish_of(content: Content, verdict: str, state: str = "succeeded") -> Run:
    """A publish that ended an hour ago."""
    run = start_run(
        account_id=content.account_id,
        kind=a_kind("publish", "jobs.x"),
        title="Publish",
        actor=THE_APP,
        subject_type="content",
        subject_id=content.id,
    )
    run.state, run.ended_at, run.data = state, utcnow() - timedelta(hours=1), {"verdict": verdict}
    run.message = "Published at https://example.com/, with 1 issue(s): The title is another."
    db.session.commit()
    return run


@pytest.mark.parametrize("verdict", ["published_with_issues", "not_seen_from_outside", "verified"])
def test_what_visitors_did_not_get_stays_beside_the_status(owner_client: FlaskClient, site: Site, verdict: str) -> None:
    content = make_content(site, status="published", external_url="https://example.com/")
    publish_of(content, verdict)
    pages = ("/content/", f"/content/{content.id}/row/", f"/content/{content.id}/edit/")
    shown = [page for page in pages if "The title is another." in owner_client.get(page).text]
    assert shown == ([] if verdict == "verified" else list(pages))


def test_a_better_publish_takes_the_doubt_away(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, status="published", external_url="https://example.com/")
    publish_of(content, "published_with_issues")
    publish_of(content, "verified")
    assert "The title is another." not in owner_client.get("/content/").text


def test_batch_assign_by_rows_and_by_filter(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    rows = [make_content(site, f"Brew {number}") for number in range(3)]
    other = make_content(site, "Something else")
    answer = owner_client.post(
        "/content/assign-cluster/",
        headers=HTMX,
        data={"content_ids": [rows[0].id], "cluster_id": cluster.id, "all_matching": "", "filter": ""},
    )
    assert (answer.status_code, "1 item" in answer.headers["HX-Trigger"]) == (204, True)
    plain = owner_client.post(
        "/content/assign-cluster/", data={"cluster_id": cluster.id, "all_matching": "1", "filter": "q=brew&sort=title"}
    )
    assert (plain.status_code, plain.location) == (303, "/content/?q=brew&sort=title")
    db.session.expire_all()
    assert [row.cluster_id for row in rows] == [cluster.id] * 3
    assert other.cluster_id is None


def test_batch_terms_can_be_made_on_the_way(owner_client: FlaskClient, site: Site) -> None:
    row = make_content(site)
    data = {"content_ids": [row.id], "term_name": "Digital Marketing", "taxonomy": "category"}
    assert owner_client.post("/content/attach-term/", data=data, headers=HTMX).status_code == 204
    db.session.expire_all()
    (term,) = row.terms
    assert term.slug == "digital-marketing"
    gone = {"content_ids": [row.id], "detach_term_id": term.id}
    assert owner_client.post("/content/detach-term/", data=gone, headers=HTMX).status_code == 204
    db.session.expire_all()
    assert row.terms == []


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("assign-cluster", {"cluster_id": "none"}),
        ("assign-cluster", {"content_ids": "1"}),
        ("attach-term", {"content_ids": "1"}),
        ("attach-term", {"content_ids": "1", "term_name": "<b></b>"}),
        ("detach-term", {"content_ids": "1", "detach_term_id": "x"}),
    ],
)
def test_half_filled_batches_are_answered_in_words(
    owner_client: FlaskClient, site: Site, address: str, data: dict[str, str]
) -> None:
    answer = owner_client.post(f"/content/{address}/", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "toast" in answer.headers["HX-Trigger"]


def test_saving_keeps_everything(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    content = make_content(site)
    kept, dropped = make_term(site, "Kept"), make_term(site, "Dropped")
    content.terms = [kept, dropped]
    db.session.commit()
    data = edit(
        content,
        title="New title",
        content="<p>New</p>",
        seo_title="S",
        seo_description="D",
        focus_keywords="a, b, a",
        slug="Ein Über-Slug",
        excerpt="E",
        cluster_id=cluster.id,
        terms_shown="1",
        term_ids=[kept.id],
        new_terms="Fresh, Water",
        new_terms_taxonomy="tag",
    )
    assert owner_client.post(f"/content/{content.id}/edit/", data=data).status_code == 303
    db.session.expire_all()
    assert (content.title, content.content_html, content.slug) == ("New title", "<p>New</p>", "ein-uber-slug")
    assert (content.focus_keywords, content.cluster_id, content.version) == (["a", "b"], cluster.id, 2)
    assert [term.name for term in content.terms] == ["Fresh", "Kept", "Water"]
    page = owner_client.get(f"/content/{content.id}/edit/").text
    assert 'value="Ein Über' not in page
    assert "ein-uber-slug" in page


def test_fields_that_are_not_sent_keep_what_is_stored(owner_client: FlaskClient, site: Site, cluster: Cluster) -> None:
    text = "<p>Answer first, then the reason.</p>"
    content = make_content(
        site, content_html=text, excerpt="Kept", cluster_id=cluster.id, focus_keywords=["a", "b"], is_outline=True
    )
    content.terms = [make_term(site)]
    db.session.commit()
    sent = {"version": 1, "title": "Only the title"}
    assert owner_client.post(f"/content/{content.id}/edit/", data=sent).status_code == 303
    db.session.expire_all()
    assert (content.title, content.excerpt, content.cluster_id) == ("Only the title", "Kept", cluster.id)
    assert (content.focus_keywords, content.is_outline, len(content.terms)) == (["a", "b"], True, 1)
    written = {"version": 2, "content": "<p>Written out</p>"}
    assert owner_client.post(f"/content/{content.id}/edit/", data=written).status_code == 303
    db.session.expire_all()
    assert not content.is_outline


def test_an_untitled_post_of_wordpress_can_be_edited_and_no_other(owner_client: FlaskClient, site: Site) -> None:
    untitled = make_content(site, title="", source="wordpress", external_id=7, external_url="https://x.example/7/")
    page = owner_client.get(f"/content/{untitled.id}/edit/").text
    assert " required" not in page.split('id="title"')[1].split(">")[0]
    address = f"/content/{untitled.id}/edit/"
    answer = owner_client.post(address, data=edit(untitled, title="", content="<p>New</p>"), headers=HTMX)
    assert "It has no title, as in WordPress" in answer.headers["HX-Trigger"]
    assert db.session.get_one(Content, untitled.id).content_html == "<p>New</p>"
    assert ">Untitled</a>" in owner_client.get("/content/").text
    for content in (make_content(site, title="T", external_id=8), make_content(site, title="")):
        answer = owner_client.post(f"/content/{content.id}/edit/", data=edit(content, title=""))
        assert answer.status_code == 422


def test_a_conflict_loses_neither_text(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site, content_html="<p>Old</p>")
    stale = edit(content, content="<p>Mine</p>")
    address = f"/content/{content.id}/edit/"
    assert owner_client.post(address, data=edit(content, content="<p>Theirs</p>")).status_code == 303
    for headers in ({}, HTMX):
        answer = owner_client.post(address, data=stale, headers=headers)
        assert answer.status_code == 409
        assert "<ins>Mine</ins>" in answer.text
        assert "<del>Theirs</del>" in answer.text
    assert answer.headers["HX-Retarget"] == "#editor-messages"
    db.session.expire_all()
    assert content.content_html == "<p>Theirs</p>"
    assert owner_client.post(address, data={**stale, "overwrite_version": "2"}).status_code == 303
    db.session.expire_all()
    assert content.content_html == "<p>Mine</p>"


def test_wrong_fields_come_back_with_what_was_typed(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    data = edit(content, title="", content="<p>Kept</p>", new_terms="<b></b>")
    whole = owner_client.post(f"/content/{content.id}/edit/", data=data)
    assert whole.status_code == 422
    assert "Give it a title." in whole.text
    assert "&lt;p&gt;Kept&lt;/p&gt;" in whole.text
    named = owner_client.post(f"/content/{content.id}/edit/", data={**data, "title": "Good"}, headers=HTMX)
    assert named.status_code == 422
    assert "no mere tag" in named.text
    db.session.expire_all()
    assert content.version == 1


def test_the_preview_is_safe_and_the_stored_text_stays(owner_client: FlaskClient, site: Site) -> None:
    nasty = '<p onclick="x()">Hi</p><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:x()">l</a>'
    content = make_content(site, content_html=nasty)
    html = owner_client.get(f"/content/{content.id}/preview/").text
    assert "<p>Hi</p>" in html
    for word in ("onclick", "onerror", "alert(1)", "javascript:"):
        assert word not in html
    assert content.content_html == nasty


def test_pieces_for_the_visual_editor(owner_client: FlaskClient, viewer_client: FlaskClient) -> None:
    body = "<!-- wp:paragraph -->\n<p>a</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:latest-posts /-->"
    answer = owner_client.post("/content/blocks/", data=body, content_type="text/plain")
    assert [piece["kind"] for piece in answer.json["pieces"]] == ["block", "space", "block"]
    assert answer.json["pieces"][2]["label"] == "Latest posts block"
    assert viewer_client.post("/content/blocks/", data=body, content_type="text/plain").status_code == 403


def test_only_the_editor_allows_inline_styles(owner_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    policies = {
        path: owner_client.get(path).headers["Content-Security-Policy"]
        for path in ("/content/", f"/content/{content.id}/edit/", f"/content/{content.id}/preview/")
    }
    assert ["unsafe-inline" in policy for policy in policies.values()] == [False, True, False]
    assert all("script-src 'self';" in policy for policy in policies.values())


def test_a_cluster_shows_its_content_in_tabs(
    owner_client: FlaskClient, stranger_client: FlaskClient, site: Site, cluster: Cluster
) -> None:
    make_content(site, "An article", cluster_id=cluster.id)
    make_content(site, "A product", cluster_id=cluster.id, content_type="Product")
    address = f"/content/by-cluster/{cluster.id}/"
    html = owner_client.get(address, headers=HTMX).text
    assert "An article" in html
    assert "A product" not in html
    for words in ("Articles", "Pages", "Products", "Taxonomy pages"):
        assert words in html
    assert "A product" in owner_client.get(f"{address}?type=Product", headers=HTMX).text
    assert stranger_client.get(address).status_code == 404


def test_content_of_another_account_does_not_exist(stranger_client: FlaskClient, site: Site) -> None:
    content = make_content(site)
    for path in ("row", "edit", "preview", "state"):
        assert stranger_client.get(f"/content/{content.id}/{path}/").status_code == 404
    assert stranger_client.post(f"/content/{content.id}/edit/", data=edit(content)).status_code == 404
    assert stranger_client.post(f"/content/{content.id}/images/").status_code == 404
