"""The user guide: the Markdown files of `docs/guide`, as pages of the application.

`README.md` there lists the topics; a topic's name is its file's, without `.md`.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin

from app.config import ROOT

FOLDER = ROOT / "docs" / "guide"
PICTURES = FOLDER / "pictures"
TOPIC = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\.md\)")
LINK = re.compile(r'href="(?:(?:\.\./)?([a-z-]+)\.md)(#[^"]*)?"')
PICTURE = re.compile(r'src="pictures/([a-z0-9-]+\.png)"')


@dataclass(frozen=True, slots=True)
class Topic:
    """One page of the guide."""

    name: str
    title: str
    text: str

    @property
    def html(self) -> Markup:
        """Its text without the first-level heading, for pages that have a heading of their own."""
        return _rendered(self.text.partition("\n")[2])

    def section(self, anchor: str) -> Markup:
        """The part under one heading of the second level; the whole when there is none of this name."""
        for part in re.split(r"(?m)^(?=## )", self.text):
            if f'id="{anchor}"' in (html := _rendered(part)):
                return html
        return self.html


@cache
def topics() -> dict[str, Topic]:
    """Every topic by name, in the order of the README."""
    listed = TOPIC.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    return {name: _read(name, title) for title, name in listed}


def introduction() -> Markup:
    """The README as a page: what the guide is and the list of topics."""
    return Topic("README", "", (FOLDER / "README.md").read_text(encoding="utf-8")).html


def _read(name: str, title: str) -> Topic:
    return Topic(name, title, (FOLDER / f"{name}.md").read_text(encoding="utf-8"))


def picture(name: str) -> Path | None:
    """The file of a picture, or None when there is none of this name."""
    path = PICTURES / name
    return path if path.parent == PICTURES and path.is_file() else None


def _rendered(text: str) -> Markup:
    """HTML of our own Markdown, with addresses of the application in place of those of the files."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(anchors_plugin, max_level=3)
    html = LINK.sub(_link, parser.render(text))
    return Markup(PICTURE.sub(r'loading="lazy" src="/help/pictures/\1"', html))  # noqa: S704 (our own files)


def _link(link: re.Match[str]) -> str:
    name = "errors" if link.group(1) == "error-codes" else link.group(1)
    return f'href="/help/{name}/{link.group(2) or ""}"'
