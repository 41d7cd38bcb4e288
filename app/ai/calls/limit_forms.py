"""The form of what an account allows itself with models."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from app.ai.calls import request_sizes
from app.ai.calls.amounts import dollars_of, micros_of
from app.ai.calls.models import DEFAULT_CONCURRENCY
from app.ai.calls.request_sizes import RequestSizes
from app.ai.calls.spending import Allowance
from app.core.edits import differing
from app.core.forms import BoundedIntegerField, Form
from app.core.languages import N_, gettext, lazy_gettext, local_number


class AmountField(StringField):  # type: ignore[misc]
    """Dollars; an empty one is no cap."""

    def pre_validate(self, form: Any) -> None:
        """Refuse anything that is not an amount."""
        try:
            micros_of(self.data or "")
        except ValueError:
            raise ValidationError(
                gettext("Write an amount of dollars, such as 5 or 0.50, or leave it empty.")
            ) from None

    @property
    def micros(self) -> int | None:
        """The amount in millionths of a dollar."""
        return micros_of(self.data or "")


class SizeField(IntegerField):  # type: ignore[misc]
    """How many at once; if empty, the installation's setting holds. Its name is a field of RequestSizes."""

    def process_formdata(self, values: list[str]) -> None:
        """Read the number; empty is none."""
        text = "".join(values[:1]).strip()
        most = request_sizes.MOST[self.short_name]
        if text and not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most):
            raise ValueError(gettext("Write a number from 1 to %(most)s, or leave it empty.", most=local_number(most)))
        self.data = int(text) if text else None

    @property
    def usual(self) -> int:
        """The value while the field is empty."""
        return request_sizes.usual(self.short_name)


LABELS = {
    "cap_run_micros": N_("A run may cost"),
    "cap_day_micros": N_("A day may cost"),
    "cap_month_micros": N_("A month may cost"),
    "concurrency": N_("Calls at once"),
    "ideas_per_request": N_("Ideas of a request"),
    "clusters_per_request": N_("Clusters of a request"),
    "drafts_per_run": N_("Drafts of a run"),
    "keep_texts": N_("Keep prompts and answers for 30 days"),
}


class LimitForm(Form):
    """Spending caps, calls at once, the sizes of requests, and whether texts are kept."""

    cap_run = AmountField(
        lazy_gettext("A run may cost"),
        description=lazy_gettext("Each run by itself, such as one click on Write drafts."),
    )
    cap_day = AmountField(
        lazy_gettext("A day may cost"), description=lazy_gettext("All calls of a day, which begins at midnight UTC.")
    )
    cap_month = AmountField(
        lazy_gettext("A month may cost"), description=lazy_gettext("All calls of a calendar month, in UTC.")
    )
    concurrency = BoundedIntegerField(
        lazy_gettext("Calls at once"),
        [
            InputRequired(lazy_gettext("Write how many calls may be under way at once.")),
            NumberRange(1, 100, lazy_gettext("Write a number from 1 to 100.")),
        ],
        default=DEFAULT_CONCURRENCY,
        description=lazy_gettext(
            "Over all runs and people of this account. More is faster, until the provider refuses."
        ),
    )
    ideas_per_request = SizeField(
        lazy_gettext("Ideas of a request"), description=lazy_gettext("How many a cluster is asked for at once.")
    )
    clusters_per_request = SizeField(
        lazy_gettext("Clusters of a request"),
        description=lazy_gettext(
            "How many clusters are named by one call. Fewer help models that lose count, and make more calls."
        ),
    )
    drafts_per_run = SizeField(
        lazy_gettext("Drafts of a run"), description=lazy_gettext("How many tasks one click on Write drafts begins.")
    )
    keep_texts = BooleanField(lazy_gettext("Keep prompts and answers for 30 days"))

    @classmethod
    def of(cls, allowance: Allowance, sizes: RequestSizes) -> "LimitForm":
        """The form as the account has it."""
        return cls(
            **asdict(sizes),
            cap_run=dollars_of(allowance.cap_run_micros),
            cap_day=dollars_of(allowance.cap_day_micros),
            cap_month=dollars_of(allowance.cap_month_micros),
            concurrency=allowance.concurrency,
            keep_texts=allowance.keep_texts,
        )

    def differing_from(self, stored: Mapping[str, Any]) -> list[tuple[str, str]]:
        """(label, words) of each stored value that is not the one in this valid form."""
        caps = {name: dollars_of(value) for name, value in stored.items() if name.endswith("_micros")}
        words = {**caps, "keep_texts": gettext("Yes") if stored["keep_texts"] else gettext("No")}
        return differing(stored, asdict(self.allowance()) | asdict(self.sizes()), LABELS, words)

    def sizes(self) -> RequestSizes:
        """The sizes of requests in a valid form."""
        return RequestSizes(self.ideas_per_request.data, self.clusters_per_request.data, self.drafts_per_run.data)

    def allowance(self) -> Allowance:
        """The allowance in a valid form."""
        caps = (self.cap_run.micros, self.cap_day.micros, self.cap_month.micros)
        return Allowance(*caps, concurrency=self.concurrency.data, keep_texts=self.keep_texts.data)
