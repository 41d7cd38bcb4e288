"""Blocks come back byte for byte."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.content.blocks import MOST_PIECES, has_blocks, join_pieces, normalise_newlines, splice, split
from app.content.editing.routes import for_the_page

PARAGRAPH = "<!-- wp:paragraph {\"dropCap\":true} -->\n<p class='x'>Water &amp; grind<br/></p>\n<!-- /wp:paragraph -->"
HEADING = '<!-- wp:heading -->\n<h2 class="wp-block-heading">Why</h2>\n<!-- /wp:heading -->'
LATEST = '<!-- wp:latest-posts {"postsToShow":3} /-->'
COLUMNS = f'<!-- wp:columns -->\n<div class="wp-block-columns">{PARAGRAPH}</div>\n<!-- /wp:columns -->'
LIST = (
    "<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>One</li>\n<!-- /wp:list-item -->\n\n"
    "<!-- wp:list-item -->\n<li>Two</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->"
)
DOCUMENT = "\n\n".join((PARAGRAPH, HEADING, LATEST, COLUMNS, LIST))
FRAGMENTS = st.sampled_from(
    [
        PARAGRAPH,
        HEADING,
        LATEST,
        COLUMNS,
        LIST,
        "<!-- wp:paragraph -->",
        "<!-- /wp:paragraph -->",
        "<!--more-->",
        "<p>a",
        "</p>",
        "<p>a</p>",
        "\r\n",
        "\n\n",
        "\r",
        " ",
        "text",
        "<br>",
        "<img src=x>",
        "<!--",
        "-->",
        "<",
        "{}",
        "[gallery]",
        "<script>1<2</script>",
        "é",
        "</",
        "<p/>",
        "&",
        "<![CDATA[",
        "<?",
    ]
)
MARKUP = st.lists(FRAGMENTS | st.text(max_size=6), max_size=12).map("".join)


@given(st.text() | MARKUP)
@settings(max_examples=300, deadline=None)
def test_joining_the_pieces_gives_the_text_back(text: str) -> None:
    pieces = split(text)
    assert join_pieces(pieces) == text
    assert all(piece.raw for piece in pieces)


@given(MARKUP)
@settings(max_examples=300, deadline=None)
def test_editable_pieces_are_prefix_html_and_suffix(text: str) -> None:
    for piece in split(text):
        if piece.editable and not piece.items:
            assert piece.prefix + piece.html + piece.suffix == piece.raw


@given(MARKUP, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=300, deadline=None)
def test_a_text_field_that_rewrites_line_endings_changes_nothing(text: str, newline: str) -> None:
    assert splice(text, normalise_newlines(text).replace("\n", newline)) == text


@given(MARKUP)
@settings(max_examples=200, deadline=None)
def test_line_endings_do_not_move_the_cuts(text: str) -> None:
    assert [normalise_newlines(p.raw) for p in split(text)] == [p.raw for p in split(normalise_newlines(text))]


def test_a_document_is_cut_into_its_blocks() -> None:
    names = [(piece.name, piece.editable) for piece in split(DOCUMENT) if piece.kind == "block"]
    assert names == [
        ("paragraph", True),
        ("heading", True),
        ("latest-posts", False),
        ("columns", False),
        ("list", True),
    ]


def test_list_items_lose_their_comments_for_the_eye_only() -> None:
    (piece,) = split(LIST)
    assert piece.html == "<ul><li>One</li><li>Two</li></ul>"
    assert piece.items
    assert piece.raw == LIST


def test_one_changed_block_leaves_the_others_as_they_were() -> None:
    original = DOCUMENT.replace("\n", "\r\n")
    submitted = DOCUMENT.replace("Why", "Why not").replace("\n", "\r\n")
    saved = splice(original, submitted)
    assert saved == original.replace(HEADING.replace("\n", "\r\n"), HEADING.replace("Why", "Why not"))


def test_classic_posts_are_cut_at_paragraphs() -> None:
    text = "First <em>line</em>\n\nSecond\n<h2>Head</h2>\n<p>Third</p>\n[gallery ids=1]\n\n<!--more-->"
    kinds = [(piece.kind, piece.editable) for piece in split(text) if piece.kind != "space"]
    assert kinds == [
        ("text", True),
        ("text", True),
        ("element", True),
        ("element", True),
        ("opaque", False),
        ("opaque", False),
    ]


@pytest.mark.parametrize(
    "text", ["<p>one", "<p>a</b></p>", "<div><p></div>", "<!-- wp:paragraph -->\n<p>never closed</p>"]
)
def test_broken_markup_is_left_alone(text: str) -> None:
    assert not any(piece.editable and piece.kind != "element" for piece in split(text))


def test_scripts_and_frames_are_not_for_the_visual_editor() -> None:
    assert not any(piece.editable for piece in split("<div><script>alert(1)</script></div><iframe src=x></iframe>"))


def test_has_blocks() -> None:
    assert has_blocks(DOCUMENT)
    assert not has_blocks("<p>classic</p><!-- wp:paragraph -->")


@pytest.mark.parametrize(
    "text",
    [
        "<!-- " * 40_000,
        "<!-- wp:p {" * 20_000,
        "<p>" * 20_000,
        "\n" * 100_000,
        "a\n\n" * 20_000,
        "<a '" * 20_000 + ">",
        "<!-- wp:paragraph -->" * 10_000,
        "<? " * 20_000,
        "<![" * 20_000 + ">",
        "<a " * 20_000,
        "<!-- > " * 20_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_is_cut_in_a_blink(text: str) -> None:
    started = time.perf_counter()
    assert join_pieces(split(text)) == text
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize("unit", ["<img>\n\n", "a\n\n", "<p>x</p>", "<b>x</b>\n\n", "<!-- wp:a /-->", "<p>\n\n"])
def test_a_text_of_very_many_pieces_is_cut_in_bounded_time_and_is_still_whole(unit: str) -> None:
    text = unit * (2_000_000 // len(unit))
    began = time.process_time()
    pieces = split(text)
    assert time.process_time() - began < 4  # 15 s, before
    assert len(pieces) <= MOST_PIECES + 1
    assert join_pieces(pieces) == text
    assert len(for_the_page(text)["pieces"]) == 1
