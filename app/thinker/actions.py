"""What can be done with prompts, each as one use case. They flush; callers commit."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core import audit
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.languages import gettext, in_english
from app.core.permissions import Permission
from app.core.wording import Changed
from app.thinker import gate, labels, prompts
from app.thinker.models import DRAFT, LIVE, PromptVersion
from app.thinker.operations import AnyOperation, operation_of
from app.thinker.permissions import ThinkerPermission


@dataclass(frozen=True, slots=True)
class Saved:
    """The result of saving. `is_new` False: the draft has these texts already.

    `others`: versions that somebody saved since the editor was opened; they are kept too. `live` is the result of
    making it live, `refusal` why it is not live.
    """

    version: PromptVersion | None
    is_new: bool
    others: list[PromptVersion]
    live: Changed | None = None
    refusal: gate.NotPassed | None = None

    @property
    def version_id(self) -> int:
        """The version that has the texts; 0 for the shipped default."""
        return self.version.id if self.version else prompts.SHIPPED


def save_prompt(
    account_id: int, actor: Actor, key: str, *, system: str, question: str, note: str = "", began_with: int = 0
) -> Saved:
    """Keep the texts as a new version, which becomes the draft. `began_with` is the number of the newest version that
    the person saw. Raises DomainError for texts that cannot be a prompt.
    """
    operation = operation_of(key)
    system, question = _lines(system), _lines(question)
    prompts.check_texts(operation, system, question)
    prompts.lock_label(account_id, key, DRAFT)
    draft = prompts.prompt_of(account_id, operation).draft
    same = (draft.system, draft.question) if draft else (operation.template.system, operation.template.user)
    if same == (system, question):
        return Saved(draft, False, [])
    others = _newer(account_id, operation, began_with)
    version = prompts.save_version(account_id, actor, operation, system=system, question=question, note=note)
    return Saved(version, True, others)


def save_prompt_live(
    account_id: int, actor: Actor, key: str, *, system: str, question: str, note: str, began_with: int, seen: int
) -> Saved:
    """Save the texts and use them from now on.

    `seen` is as in `move_label`, which may raise Conflict: then nothing is saved. A version that the gate keeps from
    going live is saved all the same: it has to be there to be tested. Raises Forbidden when the actor may not decide
    what is live.
    """
    actor.require(ThinkerPermission.LIVE)
    texts = {"system": system, "question": question, "note": note}
    saved = save_prompt(account_id, actor, key, **texts, began_with=began_with)
    try:
        with db.session.begin_nested():
            return replace(saved, live=move_label(account_id, actor, key, LIVE, saved.version_id, seen=seen))
    except gate.NotPassed as refusal:
        return replace(saved, refusal=refusal)


def _lines(text: str) -> str:
    """The text with LF line ends: browsers send CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _newer(account_id: int, operation: AnyOperation, number: int) -> list[PromptVersion]:
    stmt = select(PromptVersion).where(
        PromptVersion.account_id == account_id, PromptVersion.operation == operation.key, PromptVersion.number > number
    )
    return list(db.session.scalars(stmt.order_by(PromptVersion.number).limit(20)))


def move_label(
    account_id: int, actor: Actor, key: str, label: str, version_id: int, *, seen: int, despite: str = ""
) -> Changed:
    """Move draft or live to a version, 0 for the shipped default. Returns what was done.

    `seen` is the number of moves of the label that the person saw. Raises Conflict when somebody else moved it since,
    and DomainError when the gate of the operation keeps the version from going live; going back to the previous version
    or the shipped default is always allowed. `despite` is the reason of an owner who makes it live all the same. Raises
    Forbidden when the actor may not decide what is live, or gives a reason without being an owner.
    """
    if label == LIVE:
        actor.require(ThinkerPermission.LIVE)
    if despite.strip():
        actor.require(Permission.ACCOUNT_OWN)
    operation = operation_of(key)
    moved = labels.move_label(account_id, actor, operation, label, version_id, seen)
    overridden = _pass_gate(account_id, key, moved, despite) if label == LIVE else {}
    words = _moved_words(moved.after, label, same=moved.before == moved.after)
    if moved.before == moved.after:
        return Changed(words, 0)
    if label == LIVE:
        prompts.keep_shipped(account_id, operation)
        audit.record(
            account_id,
            "prompt.live_moved",
            subject=f"{operation.title} prompt",
            before={"live": _words(moved.before)},
            after={"live": _words(moved.after)} | overridden,
            by=actor,
        )
    return Changed(words, 1)


def _moved_words(version_id: int | None, label: str, *, same: bool) -> str:
    """The sentence on what the label names now, or (`same`) named already; None is the shipped default."""
    version = db.session.get(PromptVersion, version_id) if version_id else None
    if version is None:
        if same:
            return (
                gettext("The shipped default is live already.")
                if label == LIVE
                else gettext("The shipped default is the draft already.")
            )
        return (
            gettext("Live: the shipped default. It is used from now on.")
            if label == LIVE
            else gettext("The draft is the shipped default.")
        )
    number = version.number
    if same:
        return (
            gettext("Version %(number)s is live already.", number=number)
            if label == LIVE
            else gettext("Version %(number)s is the draft already.", number=number)
        )
    return (
        gettext("Live: version %(number)s. It is used from now on.", number=number)
        if label == LIVE
        else gettext("The draft is version %(number)s.", number=number)
    )


def _pass_gate(account_id: int, key: str, moved: labels.LabelMove, despite: str) -> dict[str, str]:
    """What the audit log adds when the gate was overridden; raises DomainError when it keeps the version out."""
    version_id = moved.after
    if moved.is_way_back or version_id is None:
        return {}
    try:
        gate.check_release_gate(account_id, key, version_id)
    except DomainError:
        if not despite.strip():
            raise
        why = in_english(lambda: _why_kept_out(account_id, key, version_id))
        return {"despite": why, "reason": despite.strip()[:300]}
    return {}


def _why_kept_out(account_id: int, key: str, version_id: int) -> str:
    try:
        gate.check_release_gate(account_id, key, version_id)
    except DomainError as error:
        return error.message
    return ""


def _words(version_id: int | None) -> str:
    version = db.session.get(PromptVersion, version_id) if version_id else None
    return f"version {version.number}" if version else "the shipped default"
