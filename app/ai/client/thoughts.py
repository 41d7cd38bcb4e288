"""What models think before they answer, however they mark it, is no part of the answer. Pure."""

import re

_NAMES = r"think|thinking|thoughts?|reasoning|seed:think"
_OPENING = re.compile(
    rf"<(?:{_NAMES})\b[^<>]*>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel\|>\s*(?:analysis|commentary)\b",
    re.IGNORECASE,
)
_END = re.compile(
    rf"</(?:{_NAMES})\s*>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|channel\|>\s*final\b[^{{}}]{{0,60}}?<\|message\|>",
    re.IGNORECASE,
)


def without_thoughts(text: str) -> str:
    """The answer alone. One that begins as JSON stays as it is: it may speak of such marks."""
    text = text.strip()
    while not text.startswith("{") and (end := _END.search(text)):
        text = text[end.end() :].strip()
    return text


def answer_so_far(text: str) -> str:
    """What there is of the answer while it is still coming: nothing while the model thinks."""
    text = without_thoughts(text)
    return "" if _OPENING.match(text) else text
