"""The one table of codes that connecting, publishing and verifying can answer with (error_codes.toml).

`make texts` reads its sentences. What is stored of an error is in English, and translated where a page shows it.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import DomainError
from app.core.languages import N_, gettext

GROUPS = {
    "connection": (N_("Reaching the site"), N_("Something between the app and the plugin, or the plugin's version.")),
    "signature": (N_("Signatures"), N_("Every request between the app and the plugin is signed.")),
    "preflight": (
        N_("Found before anything is changed"),
        N_("All problems are listed at once. WordPress is as it was."),
    ),
    "publish": (
        N_("While publishing"),
        N_("What this publish had begun was undone. A live post keeps its old version."),
    ),
    "schedule": (N_("Scheduling and conflicts"), N_("Choosing a time, and edits made on both sides.")),
    "warning": (N_("Warnings"), N_("The content can be published all the same.")),
    "verdict": (
        N_("After publishing"),
        N_("What WordPress stored or a visitor was served differs from what was sent."),
    ),
    "settings": (N_("Settings of the site"), N_("A value was not taken; nothing was changed.")),
    "inbound": (N_("Answers to the plugin"), N_("What the app answers to requests of the plugin.")),
}

HEAD = "| code | what it means | what to do | again |"


@dataclass(frozen=True)
class ErrorCode:
    """A code with its text for people. `retry`: the same request may succeed later."""

    code: str
    group: str
    message: str
    cure: str
    retry: bool = False


@cache
def all_error_codes() -> dict[str, ErrorCode]:
    """All codes in the order of the file."""
    entries = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {code: ErrorCode(code, **entry) for code, entry in entries.items()}


def error_for(
    code: str, kind: type[DomainError] = DomainError, *, message: str = "", cure: str = "", **more: Any
) -> DomainError:
    """The error of this code in the words of the table, or in more exact ones, in the language that is spoken."""
    entry = all_error_codes()[code]
    message, cure = message or gettext(entry.message), cure or (gettext(entry.cure) if entry.cure else "")
    return kind(message, code=code, cure=cure, retryable=entry.retry, **more)


def codes_by_group() -> Iterator[tuple[str, str, list[ErrorCode]]]:
    """Title, introduction and codes of each group, as the help page shows them."""
    for group, (title, introduction) in GROUPS.items():
        yield title, introduction, [entry for entry in all_error_codes().values() if entry.group == group]


def as_markdown() -> str:
    """docs/error-codes.md."""
    lines = [
        "# Error codes",
        "",
        "Made from `app/sites/error_codes.toml` by `python -m app.cli error-codes`; edit that file, not this page.",
        "An answer has the form `{code, message, step, step_number, total_steps, details, recoverable,"
        " retry_recommended}` (docs/wire-contract.md). *Again* means that the same request may succeed later.",
    ]
    for title, introduction, entries in codes_by_group():
        lines += ["", f"## {title}", introduction, "", HEAD, "|---|---|---|---|"]
        lines += [f"| `{e.code}` | {e.message} | {e.cure} | {'yes' if e.retry else ''} |" for e in entries]
    return "\n".join(lines) + "\n"
