"""What the linter of templates cannot see: it leaves out what is inside a tag or a comment over several lines."""

import re

from app.config import ROOT

MOST = 160


def test_no_line_of_a_template_is_longer_than_a_screen() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) >= MOST
    ]
    assert long == []


def test_no_template_gives_the_name_of_translation_to_something_else() -> None:
    taken = re.compile(r"{%-?\s*(?:set|for)\s[^%]*?\b_\s*(?:,|=|\bin\b)")
    wrong = [
        path.name
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if taken.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_stored_words_in_the_way_back_have_their_own_direction() -> None:
    """An Arabic title in an English page, and the other way round, does not turn what stands beside it."""
    crumbs = re.compile(r"{% block crumbs %}(.*?){% endblock %}", re.DOTALL)
    link = re.compile(r"(<a\b[^>]*>)(.*?)</a>", re.DOTALL)
    stored = re.compile(r"{{-? ?\w+(\.\w+)*\.(title|name|keyword|words)\b|trans \w+=\w+\.")
    wrong = [
        path.name
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for block in crumbs.findall(path.read_text(encoding="utf-8"))
        for tag, words in link.findall(block)
        if stored.search(words) and 'dir="auto"' not in tag
    ]
    assert wrong == []


def test_the_frame_of_the_pages_leaves_their_names_alone() -> None:
    """What base.html sets outside `with` would stand in the page's blocks for what the page was given by that name."""
    frame = (ROOT / "templates/base.html").read_text(encoding="utf-8")
    depth, wrong = 0, []
    for tag, name in re.findall(r"{%-?\s*(with|endwith|set)\b\s*(\w*)", frame):
        depth += {"with": 1, "endwith": -1, "set": 0}[tag]
        if tag == "set" and not depth:
            wrong.append(name)
    assert wrong == []
