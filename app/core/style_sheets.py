"""Style sheets within a text: what their rules are for, and which reach beyond the text. Pure, bounded time."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import tinycss2
from tinycss2.ast import AtRule, Node, QualifiedRule

LONGEST = 100_000  # characters; longer ones are not read
DEEPEST = 40  # brackets in brackets
_SHOWN = 80
_BRACKET = re.compile(r"[()\[\]{}]")
_GROUPS = frozenset(("media", "supports", "container", "layer", "scope", "document", "starting-style"))
_HARMLESS = frozenset(("charset", "counter-style", "font-face", "font-palette-values", "keyframes", "property"))
_ANY_SCREEN = re.compile(r"|(?:only )?(?:all|screen)|not (?:print|speech)")
_OFF_SCREEN = re.compile(
    r"(?:only )?(?:print|speech|aural|braille|embossed|handheld|projection|tty|tv)\b|not (?:(?:all|screen)\b(?! and))"
)
_SHARED = ("wp-", "has-", "is-", "align")  # classes that WordPress gives to all texts


@dataclass(frozen=True)
class Rule:
    """What each of the `selectors` (components of the parser) gets.

    `condition`: empty where the rule holds on every screen, its media or features where it holds for some visitors,
    None where it holds on none, as for printers.
    """

    selectors: list[list[Node]]
    content: list[Node]
    condition: str | None = ""

    def declarations(self) -> dict[str, str]:
        """The values by lower-case name."""
        return declared(tinycss2.parse_blocks_contents(self.content))


def declarations_of(style: str) -> dict[str, str]:
    """The values of a `style` attribute by lower-case name."""
    return declared(tinycss2.parse_blocks_contents(style)) if _is_readable(style) else {}


def declared(nodes: list[Node]) -> dict[str, str]:
    """The declarations among what the parser found; the last of a name wins, an `!important` one over others."""
    declarations = [node for node in nodes if node.type == "declaration"]
    return {
        node.lower_name: tinycss2.serialize(node.value).strip().lower()
        for node in sorted(declarations, key=lambda node: bool(node.important))
    }


def rules_of(css: str) -> Iterator[Rule]:
    """The rules in their order, those within other rules too."""
    if _is_readable(css):
        yield from _rules(_parse_css(css), "")


def screen_condition(media: str) -> str | None:
    """What a list of media queries asks of a screen: empty for nothing, None when it is meant for no screen (pure)."""
    queries = [" ".join(query.lower().split()) for query in media.split(",")]
    on_screen = [query for query in queries if not _OFF_SCREEN.match(query)]
    if not on_screen:
        return None
    return "" if any(_ANY_SCREEN.fullmatch(query) for query in on_screen) else ", ".join(on_screen)


def beyond(css: str, names: Collection[str]) -> list[str]:
    """What the sheet styles besides elements with one of these classes and ids, each in words.

    Classes that WordPress gives to every text do not count as the text's own.
    """
    if not _is_readable(css):
        return ["a style sheet too long to be read"]
    own = {name for name in names if not name.startswith(_SHARED)}
    return list(dict.fromkeys(_beyond(_parse_css(css), own)))


def selector_text(selector: list[Node]) -> str:
    """A selector as it stands."""
    return str(tinycss2.serialize(selector)).strip()


def _is_readable(css: str) -> bool:
    """False for a length or nesting that would keep a parser busy for long: nobody writes such a sheet by hand."""
    if len(css) > LONGEST:
        return False
    depth = deepest = 0
    for bracket in _BRACKET.findall(css):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest <= DEEPEST


def _parse_css(css: str) -> list[Node]:
    sheet = css.replace("<!--", " ").replace("-->", " ")
    return list(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True))


def _rules(nodes: list[Node], condition: str | None) -> Iterator[Rule]:
    for node in nodes:
        if isinstance(node, QualifiedRule):
            yield Rule(_selectors(node.prelude), node.content, condition)
        elif isinstance(node, AtRule) and node.lower_at_keyword in _GROUPS:
            within = tinycss2.parse_rule_list(node.content or [], skip_comments=True, skip_whitespace=True)
            yield from _rules(within, _both(condition, _condition_of(node)))


def _condition_of(group: AtRule) -> str | None:
    prelude = _shorten(tinycss2.serialize(group.prelude).strip())
    if group.lower_at_keyword == "media":
        return screen_condition(prelude)
    if group.lower_at_keyword in ("supports", "container"):
        return f"{group.lower_at_keyword} {prelude}"
    return "" if group.lower_at_keyword == "layer" else None


def _both(outer: str | None, inner: str | None) -> str | None:
    return None if outer is None or inner is None else " and ".join(filter(None, (outer, inner)))


def _beyond(nodes: list[Node], own: Collection[str]) -> Iterator[str]:
    for rule in _rules(nodes, ""):
        for selector in rule.selectors:
            if not _is_within(selector, own):
                yield f"<style> for “{_shorten(selector_text(selector))}”"
    for node in nodes:
        if isinstance(node, AtRule) and node.lower_at_keyword not in _GROUPS | _HARMLESS:
            yield _shorten(f"@{node.at_keyword} {tinycss2.serialize(node.prelude).strip()}")


def _selectors(prelude: list[Node]) -> list[list[Node]]:
    selectors: list[list[Node]] = [[]]
    for node in prelude:
        if node.type == "literal" and node.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(node)
    return [selector for selector in selectors if selector_text(selector)]


def _is_within(selector: list[Node], own: Collection[str]) -> bool:
    """Whether the selector needs an element of the text, or one within it.

    What is in brackets (`:has(…)`) does not count.
    """
    before = None
    for node in selector:
        is_class = node.type == "ident" and before is not None and before.type == "literal" and before.value == "."
        if (is_class or node.type == "hash") and node.value in own:
            return True
        before = node
    return False


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
