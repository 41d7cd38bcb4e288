"""Versions of prompts: saving one, reading them, and which one the gateway uses. Services flush; callers commit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from app.ai import prompt_source
from app.ai.templates import Template
from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.languages import gettext, local_number
from app.core.tenancy import owned
from app.thinker.models import DRAFT, LIVE, PromptLabel, PromptVersion, ShippedPrompt
from app.thinker.operations import AnyOperation, operation_of

MAX_LENGTH = 20_000
MAX_NOTE = 300
SHIPPED = 0
# Built once: it is asked before every call of a model.
_LIVE_TEXTS = (
    select(PromptVersion.system, PromptVersion.question, PromptVersion.id)
    .join(PromptLabel, PromptLabel.version_id == PromptVersion.id)
    .where(PromptVersion.account_id == PromptLabel.account_id, PromptLabel.label == LIVE)
    .where(PromptLabel.account_id == bindparam("account_id"), PromptLabel.operation == bindparam("operation"))
)


@dataclass(frozen=True)
class Prompt:
    """The state of an operation's prompt. Without a live version the shipped default is used.

    `behind`: the shipped default has changed since the live version (or else the draft) was made.
    """

    operation: AnyOperation
    draft: PromptVersion | None
    live: PromptVersion | None
    previous: PromptVersion | None
    draft_moves: int
    live_moves: int
    live_label: PromptLabel | None
    behind: PromptVersion | None


def version_template(version: PromptVersion) -> Template:
    """The version as the gateway takes it."""
    return Template(version.system, version.question, version.id)


def live_texts() -> Select[str, str, int]:
    """What reads the live version of an operation. Answers `prompt_source.stored_templates`."""
    return _LIVE_TEXTS


def connect() -> None:
    """Give the gateway what accounts have made of the shipped prompts."""
    prompt_source.stored_templates.add(live_texts)


def prompt_of(account_id: int, operation: AnyOperation) -> Prompt:
    """The state of one operation's prompt."""
    return prompts_of(account_id, [operation])[0]


def prompts_of(account_id: int, operations: Sequence[AnyOperation]) -> list[Prompt]:
    """The state of these operations' prompts."""
    labels = {
        (row.operation, row.label): row
        for row in db.session.scalars(select(PromptLabel).where(PromptLabel.account_id == account_id))
    }
    ids = {id_ for row in labels.values() for id_ in (row.version_id, row.previous_id) if id_ is not None}
    stmt = select(PromptVersion).where(PromptVersion.account_id == account_id, PromptVersion.id.in_(ids))
    versions = {row.id: row for row in db.session.scalars(stmt)}
    return [_prompt(operation, labels, versions) for operation in operations]


def _prompt(
    operation: AnyOperation, labels: dict[tuple[str, str], PromptLabel], versions: dict[int, PromptVersion]
) -> Prompt:
    draft, live = labels.get((operation.key, DRAFT)), labels.get((operation.key, LIVE))

    def version(label: PromptLabel | None) -> PromptVersion | None:
        return versions.get(label.version_id or SHIPPED) if label else None

    newest = version(live) or version(draft)
    return Prompt(
        operation,
        version(draft),
        version(live),
        versions.get(live.previous_id or SHIPPED) if live else None,
        draft.moves if draft else 0,
        live.moves if live else 0,
        live,
        newest if newest is not None and newest.based_on != operation.template.fingerprint else None,
    )


def count_versions(account_id: int) -> dict[str, int]:
    """How many versions each operation has."""
    stmt = select(PromptVersion.operation, func.count()).where(PromptVersion.account_id == account_id)
    return {row[0]: row[1] for row in db.session.execute(stmt.group_by(PromptVersion.operation))}


def newest_versions(account_id: int, key: str, limit: int) -> Sequence[PromptVersion]:
    """The newest versions of this operation."""
    stmt = select(PromptVersion).where(PromptVersion.account_id == account_id, PromptVersion.operation == key)
    return db.session.scalars(stmt.order_by(PromptVersion.number.desc()).limit(limit)).all()


def newest_number(account_id: int, key: str) -> int:
    """The number of the newest version of this operation; 0 when there is none."""
    newest = newest_versions(account_id, key, 1)
    return newest[0].number if newest else 0


def get_version(account_id: int, operation: AnyOperation, version_id: int) -> PromptVersion:
    """A version of this operation; raises NotFound."""
    version = owned(PromptVersion, version_id, account_id)
    if version.operation != operation.key:
        raise NotFound()
    return version


def fault_of(prompt: Prompt) -> DomainError | None:
    """Why the live version cannot be used: it names a variable that the operation no longer has."""
    if prompt.live is None:
        return None
    try:
        version_template(prompt.live).check(prompt.operation.variables)
    except DomainError as error:
        return error
    return None


def check_texts(operation: AnyOperation, system: str, question: str) -> None:
    """Raise DomainError when the prompt is empty, too long, or names an unknown variable."""
    for text, name, words in ((system, "system", "system message"), (question, "question", "user message")):
        if len(text) > MAX_LENGTH:
            raise DomainError(
                gettext(
                    "The %(words)s has %(text)s characters; %(max_length)s are the most.",
                    words=words,
                    text=local_number(len(text)),
                    max_length=local_number(MAX_LENGTH),
                ),
                code="PROMPT_TOO_LONG",
                cure=gettext("Shorten it."),
                field=name,
            )
    if not question.strip():
        raise DomainError(
            gettext("The user message is empty."), code="PROMPT_EMPTY", cure=gettext("Write one."), field="question"
        )
    Template(system, question).check(operation.variables)


def save_version(
    account_id: int, actor: Actor, operation: AnyOperation, *, system: str, question: str, note: str
) -> PromptVersion:
    """Store a new version and make it the draft. Flushes.

    The draft's row is locked, so that two people saving at once get successive numbers. Raises DomainError.
    """
    check_texts(operation, system, question)
    label = lock_label(account_id, operation.key, DRAFT)
    of_operation = (PromptVersion.account_id == account_id, PromptVersion.operation == operation.key)
    last = db.session.scalar(select(func.max(PromptVersion.number)).where(*of_operation)) or 0
    keep_shipped(account_id, operation)
    version = PromptVersion(
        account_id=account_id,
        operation=operation.key,
        number=last + 1,
        system=system,
        question=question,
        note=note.strip()[:MAX_NOTE],
        fingerprint=Template(system, question).fingerprint,
        based_on=operation.template.fingerprint,
        author_id=actor.id,
        author=actor.short_name[:260],
    )
    db.session.add(version)
    db.session.flush()
    label.previous_id, label.version_id = label.version_id, version.id
    label.moves += 1
    label.moved_at, label.moved_by = utcnow(), actor.short_name[:260]
    return version


def lock_label(account_id: int, key: str, label: str) -> PromptLabel:
    """The row of this label, locked until the transaction ends; made when there is none. Flushes."""
    values = {"account_id": account_id, "operation": key, "label": label, "moves": 0, "moved_by": ""}
    db.session.execute(insert(PromptLabel).values(**values).on_conflict_do_nothing())
    stmt = select(PromptLabel).where(
        PromptLabel.account_id == account_id, PromptLabel.operation == key, PromptLabel.label == label
    )
    return db.session.scalars(stmt.with_for_update().execution_options(populate_existing=True)).one()


def keep_shipped(account_id: int, operation: AnyOperation) -> None:
    """Store the shipped default as it is now, for comparison when it has changed. Flushes."""
    template = operation.template
    stmt = insert(ShippedPrompt).values(
        account_id=account_id,
        operation=operation.key,
        fingerprint=template.fingerprint,
        system=template.system,
        question=template.user,
    )
    db.session.execute(stmt.on_conflict_do_nothing())


def shipped_before(account_id: int, key: str, fingerprint: str) -> Template | None:
    """A former shipped default, by its fingerprint; None when this account never used it."""
    stmt = select(ShippedPrompt).where(
        ShippedPrompt.account_id == account_id,
        ShippedPrompt.operation == key,
        ShippedPrompt.fingerprint == fingerprint,
    )
    row = db.session.scalar(stmt)
    return None if row is None else Template(row.system, row.question)


def describe(operation_key: str, version: PromptVersion | None) -> str:
    """What people call a version: `Draft prompt, version 3`."""
    title = operation_of(operation_key).title
    return f"{title} prompt, " + ("shipped default" if version is None else f"version {version.number}")
