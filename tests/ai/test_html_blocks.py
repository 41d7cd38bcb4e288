"""HTML as core blocks: every element that has a block becomes one, and nothing is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ai.markup import block_html
from app.ai.markup.block_html import plain_text
from app.ai.markup.html_blocks import to_blocks


def names(html: str) -> list[str]:
    """The blocks that begin in the HTML, in order."""
    return re.findall(r"<!-- wp:([a-z-]+)", html)


def test_plain_html_becomes_blocks_and_blocks_stay() -> None:
    made = to_blocks("<h1>T</h1>loose<br>text<ol><li>1</li></ol><table><tr><td>1</td></tr></table><hr>")
    assert names(made) == ["heading", "paragraph", "list", "list-item", "table", "separator"]
    assert "loose<br>text" in made
    assert to_blocks(made) == made.replace("/>", ">")


def test_a_list_in_a_list_is_a_block_in_its_item() -> None:
    made = to_blocks("<h2>Pack</h2><ul><li>Tent<ul><li>poles</li><li>pegs</li></ul></li><li>Stove</li></ul><p>Go.</p>")
    assert names(made) == ["heading", "list", "list-item", "list", "list-item", "list-item", "list-item", "paragraph"]
    assert re.search(r"<li>Tent<!-- wp:list -->\n<ul[^>]*><!-- wp:list-item -->\n<li>poles</li>", made)


@pytest.mark.parametrize(
    ("html", "blocks", "text"),
    [
        ("<article><h2>A</h2><section><p>b</p></section></article>", ["heading", "paragraph"], "A b"),
        ("<div>loose <em>text</em><p>b</p></div>", ["paragraph", "paragraph"], "loose text b"),
        ("<p>a<br><br>b</p>", ["paragraph", "paragraph"], "a b"),
        ("<blockquote>Q<cite>Me</cite></blockquote>", ["quote", "paragraph"], "Q Me"),
        ("<pre><code>if a &lt; b:\n  pass</code></pre>", ["code"], "if a < b: pass"),
        ("<pre>kept  as it is</pre>", ["preformatted"], "kept as it is"),
        (
            "<dl><dt>fly</dt><dd>outer sheet</dd><dt>a</dt><dt>b</dt><dd>c</dd></dl>",
            ["list", "list-item", "list-item"],
            "fly: outer sheet a, b: c",
        ),
        ("<details><summary>Why?</summary><p>Rain.</p></details>", ["heading", "paragraph"], "Why? Rain."),
        ("<figure><img src='https://a.example/b.png' alt='c'><figcaption>d</figcaption></figure>", ["image"], "d"),
        ("<figure><table><tr><td>1</td></tr></table><figcaption>d</figcaption></figure>", ["table"], "1 d"),
        ("<table><thead><tr><th>only</th></tr></thead></table>", ["table"], "only"),
        ("<ul><li><p>a</p><p>b</p><ol><li>c</li></ol></li></ul>", ["list", "list-item", "list", "list-item"], "a b c"),
        ("<script>x()</script><style>y{}</style><p>z</p>", ["paragraph"], "z"),
        ("<h2></h2><p> </p><p>&nbsp;</p><p>z</p>", ["paragraph"], "z"),
    ],
)
def test_what_has_a_block_becomes_one(html: str, blocks: list[str], text: str) -> None:
    made = to_blocks(html)
    assert names(made) == blocks
    assert plain_text(re.sub("(?=<)", " ", made)).replace(" ,", ",").replace(" :", ":") == text


def test_loose_elements_between_blocks_become_blocks_and_the_blocks_stay() -> None:
    there = '<!-- wp:paragraph {"align":"center"} --><p class="has-text-align-center">Hi</p><!-- /wp:paragraph -->'
    made = to_blocks(f"{there}<p>loose</p><script>x</script>")
    assert made == f"{there}\n\n<!-- wp:paragraph -->\n<p>loose</p>\n<!-- /wp:paragraph -->"


@pytest.mark.parametrize(
    "html", ["<!-- wp:list --><ul><li>a", "<p>a</p><!-- /wp:group -->", "<!-- wp:x/y /--><p>b</p>"]
)
def test_block_markup_that_is_broken_loses_no_text(html: str) -> None:
    assert plain_text(to_blocks(html)) == plain_text(html)


WORD = st.text(alphabet="abcdefgh", min_size=1, max_size=6)
TAGS = st.sampled_from(
    [
        "p",
        "h2",
        "ul",
        "li",
        "div",
        "section",
        "blockquote",
        "em",
        "strong",
        "dl",
        "dt",
        "dd",
        "table",
        "tr",
        "td",
        "figure",
        "figcaption",
        "details",
        "summary",
        "a",
        "pre",
        "code",
        "ol",
    ]
)


@given(
    st.recursive(
        WORD,
        lambda inner: st.builds(
            lambda tag, parts: f"<{tag}>{' '.join(parts)}</{tag}>", TAGS, st.lists(inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_letter_is_lost_or_doubled_and_nothing_stands_outside_of_blocks(html: str) -> None:
    made = to_blocks(html)
    letters = re.sub("[^a-h]", "", plain_text(html))  # words in a table's row but in no cell run together in HTML
    assert sorted(re.sub("[^a-h]", "", plain_text(made))) == sorted(letters)
    depth = 0
    for part in re.split(r"(<!-- /?wp:[^>]*-->)", made):
        if part.startswith("<!--"):
            depth += -1 if part.startswith("<!-- /") else 1
        elif depth == 0:
            assert part.strip() == ""
    assert depth == 0


@given(st.text(alphabet="<>/pulih2 \"'=-!", max_size=80))
@settings(max_examples=300, deadline=None)
def test_broken_html_never_crashes(html: str) -> None:
    to_blocks(html)


def test_a_table_without_rows_has_no_body_as_in_wordpress() -> None:
    """WordPress calls a table block with an empty section invalid."""
    inner = block_html.table(["A & b"], []).split("<table>")[1].split("</table>")[0]
    assert inner == "<thead><tr><th>A &amp; b</th></tr></thead>"
    assert "<tbody><tr><td>1</td></tr></tbody>" in block_html.table(["A"], [["1"]])


def test_text_beside_code_stays() -> None:
    assert '<pre class="wp-block-preformatted">$ <code>ls</code> -l</pre>' in to_blocks(
        "<pre>$ <code>ls</code> -l</pre>"
    )
    assert "<code>ls -l</code>" in to_blocks("<pre><code>ls -l\n</code></pre>")


@pytest.mark.parametrize("tag", ["section", "main", "article", "address", "search", "fieldset", "legend", "div"])
def test_elements_that_stand_below_one_another_run_no_words_together(tag: str) -> None:
    assert to_blocks(f"<{tag}>a</{tag}><{tag}>b</{tag}>") == to_blocks("<p>a</p><p>b</p>")
