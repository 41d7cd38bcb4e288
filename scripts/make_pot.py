"""Writes wordpress-plugin/igny8/languages/igny8.pot, the list of texts to translate.

WP-CLI, which usually does this, is in neither Debian nor npm. Our texts are single-quoted literals with the text
domain `igny8`, which is all that this has to understand.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PLUGIN = Path(__file__).parents[1] / "wordpress-plugin" / "igny8"
TARGET = PLUGIN / "languages" / "igny8.pot"
LITERAL = r"'((?:[^'\\]|\\.)*)'"
CALL = re.compile(rf"\b(_n|__|_e|esc_html__|esc_attr__|esc_html_e|esc_attr_e)\(\s*{LITERAL}(?:,\s*{LITERAL})?")
COMMENT = re.compile(r"/\* (translators: .*?) \*/")
HEADERS = re.compile(r"^ \* (Plugin Name|Description|Author): +(.+)$", re.M)
HEAD = """# Texts of the IGNY8 plugin, to be translated.
# This file is distributed under the same license as the plugin.
msgid ""
msgstr ""
"Project-Id-Version: IGNY8 %s\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\\n"
"X-Domain: igny8\\n"
"""


@dataclass
class Text:
    """A text with the places that use it."""

    plural: str = ""
    places: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


def texts_of(source: str, name: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield text, plural, place and comment of each call in a PHP file."""
    for found in CALL.finditer(source):
        plural = found[3] if found[1] == "_n" else ""
        line = source.count("\n", 0, found.start()) + 1
        nearby = source[: found.start()].split("\n")[-2:]
        comment = COMMENT.search("\n".join(nearby))
        yield _plain(found[2]), _plain(plural or ""), f"{name}:{line}", comment[1] if comment else ""


def collect(plugin: Path) -> dict[str, Text]:
    """Return all texts of the plugin, in the order of files and lines."""
    texts: dict[str, Text] = {}
    for path in sorted(plugin.rglob("*.php")):
        source, name = path.read_text(), path.relative_to(plugin).as_posix()
        for text, plural, place, comment in texts_of(source, name):
            entry = texts.setdefault(text, Text())
            entry.plural = entry.plural or plural
            entry.places.append(place.split(":")[0])
            if comment and comment not in entry.comments:
                entry.comments.append(comment)
    main = (plugin / "igny8.php").read_text()
    for header, text in HEADERS.findall(main):
        entry = texts.setdefault(text, Text())
        entry.places.append("igny8.php")
        entry.comments.append(f"{header} of the plugin")
    return texts


def render(texts: dict[str, Text], version: str) -> str:
    """Return the file."""
    parts = [HEAD % version]
    for text, entry in texts.items():
        lines = [f"#. {comment}" for comment in entry.comments]
        # Without line numbers: they change with every edit, and nobody translates by them.
        lines += [f"#: {place}" for place in sorted(set(entry.places))]
        if re.search(r"%(\d\$)?[sd]", text):
            lines.append("#, php-format")
        lines.append(f"msgid {_quoted(text)}")
        if entry.plural:
            lines += [f"msgid_plural {_quoted(entry.plural)}", 'msgstr[0] ""', 'msgstr[1] ""']
        else:
            lines.append('msgstr ""')
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def make(plugin: Path = PLUGIN) -> str:
    """Return the file for the plugin as it stands."""
    version = re.search(r"^ \* Version: +(\S+)", (plugin / "igny8.php").read_text(), re.M)
    return render(collect(plugin), version[1] if version else "")


def _plain(literal: str) -> str:
    return re.sub(r"\\(['\\])", r"\1", literal)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(make())
    sys.stdout.write(f"{TARGET}: {len(collect(PLUGIN))} texts\n")
