"""The steps in which a rule is put together, and which of them the form shows (pure).

All fields are in the form at every step, so nothing that was typed is lost, and it works without scripts too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import DomainError
from app.core.languages import N_

WHEN, CONDITIONS, ACTIONS, LIMITS = 1, 2, 3, 4
STEPS = {WHEN: N_("When"), CONDITIONS: N_("If"), ACTIONS: N_("Then"), LIMITS: N_("Name and limits")}
_STEP_OF_FIELD = {
    **dict.fromkeys(("trigger", "cron", "zone", "time_zone", "subject_kind"), WHEN),
    "conditions": CONDITIONS,
    "actions": ACTIONS,
}


@dataclass(frozen=True, slots=True)
class WizardPlace:
    """The step that is shown, and the furthest that was reached; a stored rule has been through all of them."""

    step: int
    reached: int


FIRST, ALL_REACHED = WizardPlace(WHEN, WHEN), WizardPlace(WHEN, LIMITS)


def step_for(error: DomainError) -> int:
    """The step in which an error is mended."""
    return _STEP_OF_FIELD.get(error.field or "", LIMITS)


def stands_at(form: Mapping[str, str]) -> WizardPlace:
    """Where the form that was sent stood: its fields `at` and `reached`."""
    step = _step_number(form.get("at", ""), WHEN)
    return WizardPlace(step, max(step, _step_number(form.get("reached", ""), WHEN)))


def place_after(place: WizardPlace, go: str, error: DomainError | None) -> tuple[WizardPlace, bool]:
    """Where the button `go` leads: ``next``, ``back`` or the number of a step that was reached.

    With an error in what was filled in so far the next step is not reached; then the second value is True.
    """
    if go == "next":
        if error is not None and step_for(error) <= place.step:
            return WizardPlace(step_for(error), place.reached), True
        step = min(place.step + 1, LIMITS)
        return WizardPlace(step, max(step, place.reached)), False
    step = place.step - 1 if go == "back" else _step_number(go, place.step)
    return WizardPlace(min(max(step, WHEN), place.reached), place.reached), False


def shown_with(error: DomainError) -> WizardPlace:
    """The step with what is wrong, when a form could not be saved."""
    return WizardPlace(step_for(error), LIMITS)


def _step_number(text: str, usual: int) -> int:
    return int(text) if text in {str(step) for step in STEPS} else usual
