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
