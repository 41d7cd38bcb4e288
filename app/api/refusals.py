"""Refusals of names and parameters that there are not: what was meant must not be guessed."""

from app.core.errors import DomainError
from app.core.languages import gettext


def field_unknown(name: str, field: str) -> DomainError:
    """The error for the name of a field that there is not, which `field` of the request has."""
    return DomainError(
        gettext("There is no field %(name)s.", name=name),
        code="FIELD_UNKNOWN",
        field=field,
        cure=gettext("Name fields of the answer."),
    )


def parameter_unreadable(name: str, field: str) -> DomainError:
    """The error for a parameter that makes no sense: it must not mean all rows."""
    return DomainError(
        gettext("The parameter %(name)s cannot be read.", name=name),
        code="PARAMETER_UNREADABLE",
        field=field,
        cure=gettext("See the description of this endpoint for what it takes."),
    )
