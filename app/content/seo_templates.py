"""Templates of SEO plugins, which come with imported SEO fields: recognised, and never shown as text. Pure.

`%%title%%` is a variable of Yoast SEO and SEOPress, `%title%` of Rank Math, `#post_title` of All in One SEO, `{{
post.title }}` of Slim SEO and Squirrly; `[current_year]` is a shortcode that fills one in. The plugin on the site
decides what to do with one (`class-igny8-seo-variables.php`); here they are only recognised.
"""

import re

_RANK_MATH = (
    "categories category count currentdate currentday currentmonth currenttime currentyear customfield customterm "
    "customterm_desc date excerpt excerpt_only filename focuskw id keywords modified name org_logo org_name org_url "
    "page pagenumber pagetotal parent_title post_author post_thumbnail primary_taxonomy_terms pt_plural pt_single "
    "search_query sep seo_description seo_title sitedesc sitename tag tags term term_description title url "
    "user_description userid wc_brand wc_price wc_shortdesc wc_sku"
)
# Those of one word are left out: a word after a hash may be a hashtag.
_AIOSEO = (
    "alt_tag archive_date archive_title attachment_caption attachment_description author_bio author_first_name "
    "author_last_name author_link author_name author_url blog_link blog_title category_link current_date current_day "
    "current_month current_year featured_image page_number parent_title post_content post_date post_day post_excerpt "
    "post_excerpt_only post_link post_month post_title post_year search_term separator_sa site_description site_link "
    "site_title tax_parent_name taxonomy_description taxonomy_title"
)
_NOTATIONS = (
    ("Yoast SEO or SEOPress", re.compile(r"%%[a-z_][a-z0-9_-]*%%", re.IGNORECASE)),
    (
        "Rank Math",
        re.compile(rf"(?<!%)%(?:{_RANK_MATH.replace(' ', '|')})(?:\([^)%]*\))?%(?!%)", re.IGNORECASE),
    ),
    (
        "All in One SEO",
        re.compile(rf"#(?:custom_field-|tax_name-|(?:{_AIOSEO.replace(' ', '|')})(?![a-z0-9_]))", re.IGNORECASE),
    ),
    ("Slim SEO or Squirrly", re.compile(r"\{\{\s*[a-z_][^{}]*\}\}", re.IGNORECASE)),
    (
        "another SEO plugin",
        re.compile(
            r"\[(?:[a-z]+(?:_[a-z]+)+|(?:current|seo|site|post|page)-?(?:year|month|day|date|title|name)|year|month)"
            r"(?:\s[^\[\]]*)?\]|(?<!%)%[a-z]+(?:_[a-z]+)+%(?!%)",
            re.IGNORECASE,
        ),
    ),
)


def seo_plugin_of(text: str) -> str:
    """The plugin whose variables are in the text; empty for plain text."""
    return next((plugin for plugin, variable in _NOTATIONS if variable.search(text)), "")


def note_on(text: str) -> str:
    """What a person should know about a template in a field; empty for plain text."""
    plugin = seo_plugin_of(text)
    return f"This is a template of {plugin}: the plugin on the site fills in its variables." if plugin else ""


def without_template(text: str) -> str:
    """The text for people to read as it is; empty for a template."""
    return "" if seo_plugin_of(text) else text
