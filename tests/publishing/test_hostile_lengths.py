"""What looks at texts before and after a publish ends soon, whatever is never closed in them."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ai.markup.block_html import plain_text
from app.core.markup import cut_at_unclosed, without_comments
from app.publishing.passages import passages_of
from app.publishing.verification.visible import shows

SIZE = 1_000_000
UNITS = ["<!--", "<", "<a ", "<!--noteaser--><!--more", "<![CDATA[", "<?", "</", "&", "<a b='", "<script>", "[a", "{a"]
STYLED = ["<style>@media{", "<p style='opacity:0'>a", "<style>p:nth-child(n+1)>a{color:red}</style><p>"]


@pytest.mark.parametrize("look", [passages_of, shows, plain_text], ids=["passages", "content", "plain"])
@pytest.mark.parametrize("unit", [*UNITS, *STYLED])
def test_it_ends_soon(look: Callable[[str], object], unit: str) -> None:
    began = time.process_time()
    look(unit * (SIZE // len(unit)))
    assert time.process_time() - began < 5  # days for some, before


@pytest.mark.parametrize(
    ("html", "has"),
    [
        ("<!-- wp:html --><!-- /wp:html -->", False),
        ("<p>&nbsp;</p>\n", False),
        ("<p>a</p>", True),
        ("1 < 2", True),
        ("<!-- a > b -->", False),
        ("<p></p><img src=x>", True),
        ("<!-- never closed", True),
        ("", False),
    ],
)
def test_what_counts_as_content(html: str, has: bool) -> None:
    assert shows(html) is has


@given(st.lists(st.sampled_from(["<!--", "-->", "<p>", "<", ">", "a", " "])).map("".join))
def test_what_is_left_has_nothing_unclosed(html: str) -> None:
    left = cut_at_unclosed(html)
    assert html.startswith(left)
    assert left.rfind("<") <= left.rfind(">")
    if html.count("<!--") == html.count("-->") == 0:
        assert without_comments(html) == html


def test_comments_leave_a_space() -> None:
    assert without_comments("a<!-- b -->c<!-->d-->e<!-- f") == "a c e<!-- f"
