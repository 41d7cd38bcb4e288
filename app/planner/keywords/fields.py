"""The form of a keyword: its fields as text, read as the import reads them, with errors in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.core.languages import N_, gettext
from app.core.request_ids import parse_id
from app.planner.imports.rows import REASONS, check_keyword
from app.planner.keywords import values as keyword_values
from app.planner.models import INTENTS, Keyword

FIELDS = ("keyword", "volume", "difficulty", "cpc", "intent", "country", "cluster", "sector")
LABELS = {
    "keyword": N_("Keyword"),
    "volume": N_("Volume"),
    "difficulty": N_("Difficulty"),
    "cpc": N_("CPC"),
    "intent": N_("Intent"),
    "country": N_("Country"),
    "cluster": N_("Cluster"),
    "sector": N_("Sector"),
}
NOT_LISTED = {
    "cluster": N_("Choose a cluster from the list."),
    "sector": N_("Choose a sector from the list."),
}
_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "volume": (
        keyword_values.read_volume,
        N_("Volume is searches a month: a number such as 1,300, 1.2K or 1K – 10K, or nothing."),
    ),
    "difficulty": (keyword_values.difficulty, N_("Difficulty is a number from 0 to 100, or nothing.")),
    "cpc": (keyword_values.cpc, N_("CPC is a price such as 1.30, at most 99,999.99, or nothing.")),
    "country": (keyword_values.country, N_("A country is a code such as US, or a name such as Germany.")),
}


@dataclass
class KeywordForm:
    """`texts` are the fields as they were typed, `values` what was read of them, `errors` sentences by field."""

    texts: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, keyword: Keyword) -> "KeywordForm":
        """The form filled with what is stored."""
        return cls(stored_texts(keyword))

    @classmethod
    def sent(cls, form: Mapping[str, str]) -> "KeywordForm":
        """The form that was sent, checked: without `errors`, `values` has the keyword's columns."""
        keyword_form = cls({name: form.get(name, "").replace("\0", "").strip() for name in FIELDS})
        keyword_form._read_keyword()
        keyword_form._read_figures()
        keyword_form._read_choices()
        return keyword_form

    def _read_keyword(self) -> None:
        keyword, normalised, reason = check_keyword(self.texts["keyword"])
        if reason is not None:
            self.errors["keyword"] = gettext("Type the keyword.") if reason == "empty" else gettext(REASONS[reason])
        self.values |= {"keyword": keyword, "normalised": normalised}

    def _read_figures(self) -> None:
        for name, (read, message) in _READERS.items():
            try:
                self.values[name] = read(self.texts[name])
            except keyword_values.BadValue:
                self.errors[name] = gettext(message)

        bounds = keyword_values.volume_range(self.texts["volume"]) or (None, None)
        self.values |= dict(zip(("volume_low", "volume_high"), bounds, strict=True))

    def _read_choices(self) -> None:
        intent = self.texts["intent"]
        if intent and intent not in INTENTS:
            self.errors["intent"] = gettext("Choose what the searcher wants.")
        self.values["intent"] = intent or None
        for name in ("cluster", "sector"):
            self.values[f"{name}_id"] = parse_id(self.texts[name])
            if self.texts[name] and self.values[f"{name}_id"] is None:
                self.errors[name] = gettext(NOT_LISTED[name])


def _volume_text(keyword: Keyword) -> str:
    if keyword.volume_low is not None and keyword.volume_high is not None:
        return f"{keyword.volume_low:,} – {keyword.volume_high:,}"
    return "" if keyword.volume is None else f"{keyword.volume:,}"


def stored_texts(keyword: Keyword) -> dict[str, str]:
    """The fields of a keyword as its form shows them."""
    cpc = keyword.cpc
    return {
        "keyword": keyword.keyword,
        "volume": _volume_text(keyword),
        "difficulty": "" if keyword.difficulty is None else str(keyword.difficulty),
        "cpc": "" if cpc is None else f"{Decimal(str(cpc)):.2f}",
        "intent": keyword.intent or "",
        "country": keyword.country or "",
        "cluster": str(keyword.cluster_id or ""),
        "sector": str(keyword.sector_id or ""),
    }
