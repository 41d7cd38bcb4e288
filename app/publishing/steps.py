"""The seven steps of a publish, in order, and how they are shown."""

from app.core.languages import N_

STEPS: tuple[tuple[str, str], ...] = (
    ("preflight", N_("Checking")),
    ("claim", N_("Reserving")),
    ("media", N_("Uploading images")),
    ("taxonomies", N_("Terms")),
    ("content", N_("Content")),
    ("commit", N_("Going live")),
    ("verify", N_("Verifying")),
)
NAMES = tuple(name for name, _label in STEPS)
LABELS = dict(STEPS)
TOTAL = len(STEPS)


def step_number(step: str) -> int:
    """1 to 7."""
    return NAMES.index(step) + 1


def states_of(current: str | None, *, failed: bool = False) -> list[dict[str, str]]:
    """Name, label and state (``waiting``, ``running``, ``done``, ``failed``) of each step.

    `current` None means that all are done.
    """
    current_index = TOTAL if current is None else NAMES.index(current)

    def state(index: int) -> str:
        if index < current_index:
            return "done"
        if index > current_index:
            return "waiting"
        return "failed" if failed else "running"

    return [{"name": name, "label": label, "state": state(index)} for index, (name, label) in enumerate(STEPS)]


def is_at(step: str, shown_steps: list[dict[str, str]]) -> bool:
    """Whether a run that was put back, or whose worker died, was in this step."""
    return any(entry.get("name") == step and entry.get("state") == "running" for entry in shown_steps)
