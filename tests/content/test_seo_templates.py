"""Templates of SEO plugins in SEO fields are told from text."""

import pytest
from flask.testing import FlaskClient

from app.content.seo_templates import seo_plugin_of, without_template
from app.sites.models import Site
from tests.factories.things import make_content


@pytest.mark.parametrize(
    ("text", "plugin"),
    [
        ("%%title%% %%sep%% %%sitename%%", "Yoast SEO or SEOPress"),
        ("Buy %title% %sep% %date(Y)%", "Rank Math"),
        ("#post_title #separator_sa #site_title", "All in One SEO"),
        ("#custom_field-price only", "All in One SEO"),
        ("{{ post.title }} {{ separator }}", "Slim SEO or Squirrly"),
        ("{{title}}", "Slim SEO or Squirrly"),
        ("[seo_title]", "another SEO plugin"),
        ("Best tents of [current_year offset=1]", "another SEO plugin"),
        ("Best tents [year]", "another SEO plugin"),
        ("%post_title% | Shop", "another SEO plugin"),
        ("Tents [2026] [how-to] [Video] {new} {{ }} 5%_off%", ""),
        ("50% off, 20% more", ""),
        ("100%free% C# #1 #tea #category 50%% 5%%", ""),
        ("", ""),
    ],
)
def test_variables_make_a_template_and_signs_do_not(text: str, plugin: str) -> None:
    assert seo_plugin_of(text) == plugin
    assert without_template(text) == ("" if plugin else text)


def test_the_editor_says_that_a_field_is_a_template(site: Site, owner_client: FlaskClient) -> None:
    content = make_content(site, seo_title="%%title%% | Shop", seo_description="50% off")
    page = owner_client.get(f"/content/{content.id}/edit/").get_data(as_text=True)
    assert page.count("This is a template of Yoast SEO or SEOPress") == 1
    assert 'value="%%title%% | Shop"' in page
