"""Each type of content from the app to a real WordPress: pages, products and the pages of terms."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import jobs
from app.content.models import Content
from app.content.services import update_content
from app.core.actor import THE_APP
from app.core.errors import DomainError
from app.core.extensions import db
from app.mirror.models import RemoteState
from app.publishing.models import PublishRun
from app.publishing.verification import services as verification
from app.sites.facts import fetch_facts
from app.sites.models import Site
from app.sites.wordpress import WordPressClient
from app.sites.wordpress_errors import wordpress_error
from app.taxonomy.services import find_or_create_term
from tests.factories.blog import Blog
from tests.factories.drift import settle
from tests.factories.pictures import add_images
from tests.factories.things import make_content, make_sector
from tests.publishing.test_publish import publish
from tests.publishing.test_schedule import come_due, plan

TEMPLATE = "templates/wide.php"
SHOP = Path(__file__).parents[1] / "wordpress" / "stand_ins" / "woocommerce.php"
NO_PRODUCTS = """<?php
foreach (get_posts(['post_type' => 'product', 'post_status' => 'any', 'numberposts' => -1]) as $post) {
    wp_delete_post($post->ID, true);
}
"""


@pytest.fixture
def paired(site: Site, blog: Blog) -> Site:
    """The site, connected to the WordPress."""
    blog.pair(site)
    return site


@pytest.fixture
def wide(blog: Blog) -> Iterator[str]:
    """A template for pages in the theme."""
    theme = blog.wordpress.sql("SELECT option_value FROM wp_options WHERE option_name = 'stylesheet'")[0]
    path = blog.wordpress.core / "wp-content" / "themes" / str(theme["option_value"]) / TEMPLATE
    path.parent.mkdir(exist_ok=True)
    path.write_text("<?php\n/*\nTemplate Name: Wide page\n*/\nwp_head();\nthe_post();\nthe_content();\necho 'wide';\n")
    yield TEMPLATE
    path.unlink()


@pytest.fixture
def shop(blog: Blog) -> Iterator[None]:
    """The stand-in of WooCommerce."""
    installed = blog.wordpress.mu_plugins / "woocommerce.php"
    shutil.copyfile(SHOP, installed)
    blog.wordpress.run_php("<?php flush_rewrite_rules();")
    yield
    blog.wordpress.run_php(NO_PRODUCTS)
    installed.unlink()
    blog.wordpress.run_php("<?php flush_rewrite_rules();")


def edit(content: Content, **changes: object) -> None:
    update_content(content.id, content.account_id, changes, expected_version=content.version)
    db.session.commit()


def state_of(content: Content) -> RemoteState:
    return db.session.scalars(select(RemoteState).where(RemoteState.content_id == content.id)).one()


def problem_codes(content: Content) -> list[str]:
    run = publish(content)
    assert (run.state, run.error["code"]) == ("failed", "PREFLIGHT_FAILED")
    assert all(problem["cure"] for problem in run.error["details"]["problems"])
    return [problem["code"] for problem in run.error["details"]["problems"]]


def test_a_page_stands_below_its_parent_with_its_template(paired: Site, blog: Blog, wide: str) -> None:
    parent = make_content(paired, title="Above", content_type="Page")
    page = make_content(paired, title="Below", content_type="Page")
    with pytest.raises(DomainError, match="not live on this site yet"):
        edit(page, parent_external_id=4711)
    assert publish(parent).state == "succeeded"
    facts = fetch_facts(paired.account_id, paired.id)
    assert facts.templates[wide] == "Wide page"
    edit(page, parent_external_id=parent.external_id, template=wide)
    run = publish(page)
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), run.error
    assert (page.external_url or "").startswith(str(parent.external_url))
    assert blog.get(page.external_url or "").text.endswith("wide")
    with pytest.raises(DomainError, match="below itself"):
        edit(page, parent_external_id=page.external_id)
    edit(page, parent_external_id=None, template="")
    publish(page)
    assert blog.get(page.external_url or "").text.endswith("wide")  # as it is in WordPress
    edit(page, parent_external_id=0, template="default")
    publish(page)
    assert page.external_url == f"{blog.url}/below/"
    assert not blog.get(page.external_url).text.endswith("wide")


def test_a_parent_that_is_gone_in_wordpress_is_a_problem(paired: Site, blog: Blog) -> None:
    parent = make_content(paired, title="Above", content_type="Page")
    publish(parent)
    page = make_content(paired, title="Below", content_type="Page", parent_external_id=parent.external_id)
    page.template = "gone.php"
    blog.wordpress.run_php("<?php wp_delete_post( (int) $args[0], true );", str(parent.external_id))
    assert problem_codes(page) == ["PARENT_UNKNOWN", "TEMPLATE_UNKNOWN"]
    assert blog.count("page") == 0


def test_a_product_is_made_by_the_shop_with_its_own_terms(paired: Site, blog: Blog, shop: None) -> None:
    product = make_content(
        paired, title="A grinder", content_type="Product", excerpt="Short", seo_title="Grinder for two"
    )
    product.terms = [
        find_or_create_term(paired.account_id, paired.id, "product_category", "Grinders"),
        find_or_create_term(paired.account_id, paired.id, "product_tag", "Steel"),
    ]
    add_images(product, 3)
    run = publish(product)
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), (run.error, run.message)
    rows = blog.wordpress.sql(f"SELECT post_type, post_excerpt FROM wp_posts WHERE ID = {product.external_id}")
    assert rows == [{"post_type": "product", "post_excerpt": "Short"}]
    taxonomies = blog.wordpress.sql(
        "SELECT x.taxonomy FROM wp_term_relationships r JOIN wp_term_taxonomy x USING (term_taxonomy_id) "
        f"WHERE r.object_id = {product.external_id} ORDER BY 1"
    )
    assert [row["taxonomy"] for row in taxonomies] == ["product_cat", "product_tag", "product_type"]
    assert all(term.external_id for term in db.session.get_one(Content, product.id).terms)
    assert state_of(product).kind == "post"
    before = product.external_id
    edit(product, title="A better grinder")
    assert publish(product).state == "succeeded"
    assert (product.external_id, blog.count("product")) == (before, 1)


def test_without_a_shop_a_product_is_refused_and_nothing_exists(paired: Site, blog: Blog) -> None:
    product = make_content(paired, content_type="Product")
    assert problem_codes(product) == ["PRODUCT_WITHOUT_WOOCOMMERCE"]
    assert blog.count("product") == 0


def make_term_page(site: Site, title: str = "Guides", **fields: object) -> Content:
    values = {"content_type": "Taxonomy", "taxonomy": "category", "content_html": "<p>All guides.</p>"}
    return make_content(site, title=title, **{**values, **fields})


def test_a_term_is_made_verified_and_then_updated(paired: Site, blog: Blog) -> None:
    post = make_content(paired, title="A post")
    publish(post)
    content = make_term_page(
        paired,
        seo_title="All our guides",
        seo_description="Read them.",
        excerpt="Unseen",
        sector_id=make_sector(paired).id,
        author_email="nobody@example.com",
    )
    run = publish(content)
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), (run.error, run.message)
    row = state_of(content)
    assert (row.kind, row.taxonomy, row.external_id) == ("term", "category", run.data["term_id"])
    assert (content.status, content.external_id, content.external_url) == (
        "published",
        row.external_id,
        row.permalink,
    )
    page = blog.get(content.external_url or "")
    assert (page.status_code, "<title>All our guides</title>" in page.text) == (200, True)
    edit(content, title="More guides", content_html="<p>Even more.</p>")
    assert publish(content).state == "succeeded"
    stored = blog.wordpress.sql(
        "SELECT name, description FROM wp_terms JOIN wp_term_taxonomy USING (term_id) "
        f"WHERE term_id = {row.external_id}"
    )
    assert stored == [{"name": "More guides", "description": "<p>Even more.</p>"}]
    assert (content.external_id, state_of(content).verdict) == (row.external_id, "verified")
    with pytest.raises(DomainError, match="cannot move to another taxonomy"):
        edit(content, taxonomy="post_tag")


def test_a_term_without_a_taxonomy_is_told_with_everything_else(paired: Site, blog: Blog) -> None:
    content = make_term_page(paired, taxonomy="", content_html='<p>x</p><iframe src="https://example.com"></iframe>')
    assert problem_codes(content) == ["TAXONOMY_UNKNOWN", "HTML_WOULD_BE_STRIPPED"]


def test_only_images_in_the_text_of_a_term_are_sent(paired: Site, blog: Blog) -> None:
    content = make_term_page(paired)
    images = add_images(content, 3)
    content.content_html = f'<p><img src="igny8-image:{images[2].sha256}" alt="x" /></p>'
    run = publish(content)
    assert run.state == "succeeded", run.error
    assert blog.count("attachment") == 1
    assert [warning["code"] for warning in run.data["warnings"]] == ["IMAGE_NOT_SHOWN"]
    kept = db.session.scalars(select(PublishRun)).one().result or {}
    assert kept["warnings"] == run.data["warnings"]


def test_a_term_whose_answer_was_lost_is_made_once(paired: Site, blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_term_page(paired)
    real = WordPressClient.post

    def lose(self: WordPressClient, name: str, body: dict[str, object], **options: float) -> dict[str, object]:
        answer = real(self, name, body, **options)
        if "publish" in str(body.get("action")):
            raise wordpress_error("ANSWER_UNSIGNED")  # not retried: the attempt is undone, and found to be live
        return answer

    monkeypatch.setattr(WordPressClient, "post", lose)
    run = publish(content)
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified"), run.error
    assert state_of(content).kind == "term"
    assert len(blog.wordpress.sql("SELECT * FROM wp_terms WHERE name = 'Guides'")) == 1


def test_a_term_that_fails_is_undone(paired: Site, blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_term_page(paired)
    image = add_images(content, 1)[0]
    content.content_html = f'<p><img src="igny8-image:{image.sha256}" alt="x" /></p>'
    real = WordPressClient.post

    def fail(self: WordPressClient, name: str, body: dict[str, object], **options: float) -> dict[str, object]:
        if body.get("action") == "publish":
            raise wordpress_error("FIREWALL")
        return real(self, name, body, **options)

    monkeypatch.setattr(WordPressClient, "post", fail)
    assert publish(content).state == "failed"
    assert blog.count("attachment") == 0
    assert blog.wordpress.sql("SELECT * FROM wp_igny8_map") == []
    assert blog.wordpress.sql("SELECT * FROM wp_terms WHERE name = 'Guides'") == []


def test_a_term_edited_in_wordpress_is_told_of_and_can_be_taken_over(
    paired: Site, blog: Blog, owner_client: FlaskClient
) -> None:
    content = make_term_page(paired, excerpt="Ours alone")
    publish(content)
    edit(content, title="Ours")
    blog.wordpress.run_php(
        "<?php wp_update_term( (int) $args[0], 'category', array( 'description' => 'Theirs' ) );",
        str(content.external_id),
    )
    run = come_due(plan(content))
    assert (run.state, run.error["code"]) == ("failed", "EDITED_IN_WORDPRESS")
    assert blog.wordpress.sql("SELECT * FROM wp_terms WHERE name = 'Ours'") == []
    checked = owner_client.get(f"/content/{content.id}/check/").get_data(as_text=True)
    assert "Publishing stops there until you decide." in checked
    assert f'href="/content/{content.id}/drift/"' in checked
    shown = owner_client.get(f"/content/{content.id}/drift/").get_data(as_text=True)
    assert "Theirs" in shown
    assert "Ours alone" not in shown
    assert settle(owner_client, content.id, "take_all").status_code == 303
    content = db.session.get_one(Content, content.id)
    assert (content.title, content.content_html, content.excerpt) == ("Guides", "Theirs", "Ours alone")
    assert "Worth knowing" not in owner_client.get(f"/content/{content.id}/check/").get_data(as_text=True)
    again = come_due(plan(content))
    assert (again.state, again.message) == ("succeeded", "Already live and unchanged: nothing had to be sent.")


def test_the_page_of_a_term_is_verified_again(paired: Site, blog: Blog) -> None:
    content = make_term_page(paired, seo_title="A fine title")
    publish(content)
    run = verification.start_verification(content.account_id, content.id, THE_APP)
    db.session.commit()
    jobs.execute(str(run.id))
    db.session.expire_all()
    assert (run.state, run.data["verdict"]) == ("succeeded", "verified")
