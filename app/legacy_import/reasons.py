"""Why a row of the old plugin is quarantined, or what was merged, in words."""

from app.core.languages import N_, gettext

REASONS = {
    # quarantined
    "empty": N_("A field that must have a value is empty: %(detail)s."),
    "too_long": N_("A value is too long: %(detail)s."),
    "number": N_("This is not a number that can be kept: %(detail)s."),
    "keyword": N_("This cannot be a keyword: %(detail)s."),
    "status": N_("Nobody has said what this status means: %(detail)s."),
    "no_cluster": N_("It belongs to no cluster that was moved: %(detail)s."),
    "orphan": N_("What it belongs to is not in the source: %(detail)s."),
    "php_object": N_("It holds a PHP object, which is never read: %(detail)s."),
    "php_cut": N_("Its stored PHP value is cut off or damaged: %(detail)s."),
    "not_moved": N_("What it belongs to was not moved: %(detail)s."),
    "trashed": N_("It is in the trash of WordPress."),
    "not_invited": N_("The person could not be invited: %(detail)s."),
    "refused": N_("The database refused it: %(detail)s."),
    # merged
    "same": N_("The site has it already."),
    "moved_before": N_("It was moved in by an earlier import."),
    "moved_before_changed": N_("It was moved in before, and was changed in the old plugin since. What is here stays."),
    "member": N_("The person is a member already."),
}


def quarantine_words(reason: str, detail: str = "") -> str:
    """The sentence of a stored reason."""
    words = REASONS.get(reason)
    return gettext(words, detail=detail) if words else ""
