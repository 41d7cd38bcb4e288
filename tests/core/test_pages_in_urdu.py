"""Every page as a person sees it who reads Urdu: what the app itself says there is not in English.

Generated from the URL map, with the rows of `tests.factories.world`. A sentence that is put together in Python and not
marked shows here as one that a template forgets to mark does.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.config import ROOT
from app.core.extensions import db
from tests.factories.people import SignIn, make_member
from tests.factories.world import CANARY, World, address, routes, world

__all__ = ["world"]

ATTRIBUTES = ("title", "aria-label", "placeholder", "alt", "data-one", "data-many", "data-confirm", "data-empty")
WORDS = re.compile(r"[A-Za-z][a-z’']+,? [a-z][a-z’']+")
# The API speaks to programs. What the guide says is in English alone, and so is the sheet of samples.
NOT_TRANSLATED = ("/api/", "/help", "/styleguide")
# Words of the rows, and of lists of names that are technical.
GIVEN = re.compile(rf"{CANARY}( \w+)?|cold brew|The short answer|Common mistakes|title, url")
# What nobody translates: source code, what people and services are called, what is stored in English.
SKIPPED = "script, style, code, pre, textarea, kbd, samp, body [lang=en], [data-foreign]"


def english_in(html: str) -> Iterator[str]:
    """What a page says, and what its labels say, with two English words or more in a row."""
    tree = LexborHTMLParser(html)
    for node in tree.css(SKIPPED):
        if node.parent is not None:
            node.decompose()
    root = tree.body or tree.root
    for node in root.traverse(include_text=True) if root else ():
        for text in texts_of(node):
            plain = GIVEN.sub("", " ".join(text.split()))
            if WORDS.search(plain):
                yield plain


SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
STRING = re.compile(r"""'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`""")
COMMENT = re.compile(r"/\*.*?\*/|(?m:(?<=[\s;{}(),])//.*$)", re.DOTALL)
# Strings of scripts that nobody reads: lists of names for the browser and the editor, and what stands between them.
CODE = re.compile(
    r"^use strict$|[\[\]<>=|;]|:scope|^[a-z]+[A-Z:]|^(?:text/|[a-z-]+: )|^(?:btn|combobox|notice|term|form)\b|-"
    r"|^ ?(?:[a-z0-9]+ ){5,}|^(?:href|src|colspan|cite|align|start) |^(?:input|closest|section|reload|autolink) "
    r"|^[a-z0-9]+(?:, [a-z0-9]+){3,}"
)
MARKED = re.compile(r"\bn?gettext\(\s*(?:'(?:[^'\\]|\\.)*',\s*)?$")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_scripts_say_is_marked(path: Path) -> None:
    source = COMMENT.sub(lambda match: " " * len(match[0]), path.read_text())
    unmarked = []
    for match in STRING.finditer(source):
        text = re.sub(r"\$\{[^}]*\}", "X", match[1] or match[2] or "")
        if WORDS.search(text) and not CODE.search(text) and not MARKED.search(source[: match.start()]):
            unmarked.append(text)
    assert unmarked == []


def texts_of(node: LexborNode) -> list[str]:
    if node.tag == "-text":
        return [node.text(deep=False) or ""]
    return [node.attributes[name] or "" for name in ATTRIBUTES if name in node.attributes]


def test_no_page_says_anything_in_english_to_who_reads_urdu(app: Flask, world: World, sign_in: SignIn) -> None:
    person = make_member(world.account, "owner", name=CANARY)
    person.language = "ur"
    db.session.commit()
    client = sign_in(person)
    english: dict[str, set[str]] = defaultdict(set)
    for rule, method in routes(app):
        if method != "GET" or rule.rule.startswith(NOT_TRANSLATED):
            continue
        answer = client.get(address(app, rule, world), headers={"Accept-Language": "ur"})
        if answer.mimetype == "text/html" and answer.location is None:
            for words in english_in(answer.text):
                english[words].add(rule.endpoint)
    assert english == {}
