"""Two texts put together block by block: whatever they are, nothing of either is lost without being shown."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.content.blocks import normalise_newlines
from app.content.editing.merge import BOTH, CHOICES, MINE, THEIRS, Clash, blocks_of, merge_texts

WORDS = ("one", "two", "three", "four", "five", "six")
PLAIN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
BLOCK = st.one_of(
    PLAIN.map(lambda words: f"<p>{words}</p>"),
    PLAIN.map(lambda words: f"<!-- wp:paragraph -->\n<p>{words}</p>\n<!-- /wp:paragraph -->"),
    PLAIN.map(lambda words: f"{words}\n\n"),
    st.sampled_from(
        ["<h2>Head</h2>", "[gallery ids=1]\n\n", "<!--more-->\n\n", "<script>1</script>", "<p>", "</b>", " "]
    ),
)
TEXT = st.lists(BLOCK, max_size=7).map("".join) | st.text(alphabet="<p>a/ \r\n-!", max_size=30)


def keys(text: str) -> list[str]:
    return [block.key for block in blocks_of(text)[0]]


def texts(*parts: str) -> str:
    return "\n\n".join(f"<p>{part}</p>" for part in parts)


def put(base: str, mine: str, theirs: str) -> str:
    merged = merge_texts(base, mine, theirs)
    assert merged.clashes == []
    return merged.text({})


@given(TEXT, TEXT, TEXT)
@settings(max_examples=400, deadline=None)
def test_each_block_of_both_is_in_the_text_or_asked_about(base: str, mine: str, theirs: str) -> None:
    merged = merge_texts(base, mine, theirs)
    shown: Counter[str] = Counter()
    for part in merged.parts:
        shown.update(
            {block.key for side in (part.mine, part.theirs) for block in side}
            if isinstance(part, Clash)
            else [part.key]
        )
    for side in (mine, theirs):
        written = Counter(keys(side)) - Counter(keys(base))
        assert not written - shown
    in_all = Counter(keys(base)) & Counter(keys(mine)) & Counter(keys(theirs))
    assert set(in_all) <= set(shown)


@given(TEXT, TEXT)
@example("<h2>Head</h2>one one\n\n", "<script>1</script>one one\n\n")  # the same words, after something else
@settings(max_examples=200, deadline=None)
def test_where_only_one_side_changed_its_text_is_the_result(base: str, other: str) -> None:
    for merged in (merge_texts(base, other, base), merge_texts(base, base, other), merge_texts(base, other, other)):
        assert merged.clashes == []
        assert normalise_newlines(merged.text({})) == normalise_newlines(other)


@given(TEXT, TEXT, TEXT)
@settings(max_examples=200, deadline=None)
def test_with_both_of_everything_no_words_are_lost(base: str, mine: str, theirs: str) -> None:
    merged = merge_texts(base, mine, theirs)
    text = normalise_newlines(merged.text({clash.key: BOTH for clash in merged.clashes}))
    for side in (mine, theirs):
        for written in Counter(keys(side)) - Counter(keys(base)):
            assert written in text


@given(TEXT, TEXT)
@settings(max_examples=200, deadline=None)
def test_without_a_base_all_that_differs_is_asked(mine: str, theirs: str) -> None:
    merged = merge_texts(None, mine, theirs)
    assert [block.key for block in blocks_of(theirs)[0]] == [
        block.key for part in merged.parts for block in (part.theirs if isinstance(part, Clash) else (part,))
    ]
    assert (merged.clashes == []) == (keys(mine) == keys(theirs))


def test_different_blocks_that_both_changed_are_put_together() -> None:
    base = texts("one a", "two b", "three c")
    assert put(base, texts("one mine", "two b", "three c"), texts("one a", "two b", "three theirs")) == texts(
        "one mine", "two b", "three theirs"
    )
    assert put(base, texts("one a", "two mine", "three c"), texts("one a", "two b", "three theirs")) == texts(
        "one a", "two mine", "three theirs"
    )


def test_what_both_added_stands_after_each_other_and_what_both_added_alike_once() -> None:
    base = texts("one", "two")
    mine, theirs = texts("one", "mine", "shared", "two"), texts("one", "theirs", "shared", "two")
    assert put(base, mine, theirs) == texts("one", "theirs", "shared", "mine", "two")
    assert put("", "mine", "theirs") == "theirs\n\nmine"


def test_an_added_block_beside_a_changed_one_asks_nothing() -> None:
    base = texts("one a", "two b")
    mine = texts("one a", "new of mine", "two b")
    theirs = texts("one a", "two b theirs")
    assert put(base, mine, theirs) == texts("one a", "new of mine", "two b theirs")
    assert put(base, theirs, mine) == texts("one a", "new of mine", "two b theirs")


def test_one_took_a_block_away() -> None:
    base = texts("one", "two", "three")
    assert put(base, texts("one", "three"), texts("one", "two", "three")) == texts("one", "three")
    merged = merge_texts(base, texts("one", "three"), texts("one", "two changed", "three"))
    (clash,) = merged.clashes
    assert (clash.mine, [block.raw for block in clash.theirs]) == ((), ["<p>two changed</p>"])
    assert merged.text({clash.key: MINE}) == texts("one", "three")
    assert merged.text({clash.key: THEIRS}) == texts("one", "two changed", "three")


@pytest.mark.parametrize("choice", CHOICES)
def test_the_same_block_is_asked_about(choice: str) -> None:
    merged = merge_texts(texts("one", "two"), texts("one", "two mine"), texts("one", "two theirs"))
    (clash,) = merged.clashes
    expected = {MINE: ["two mine"], THEIRS: ["two theirs"], BOTH: ["two theirs", "two mine"]}[choice]
    assert merged.text({clash.key: choice}) == texts("one", *expected)


def test_line_endings_that_a_text_field_changed_are_no_change() -> None:
    base = "<p>one</p>\r\n\r\n<p>two\r\nlines</p>"
    theirs = base.replace("one", "one theirs")
    assert put(base, normalise_newlines(base), theirs) == theirs


def test_thousands_of_like_blocks_take_no_time() -> None:
    base = "<p>x</p>" * 15_000
    mine, theirs = "<p>m</p>" + base + "<p>y</p>" * 3_000, "<p>t</p>" * 5_000 + base
    merged = merge_texts(base, mine, theirs)
    assert merged.text({}).count("<p>y</p>") == 3_000
