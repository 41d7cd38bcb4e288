"""Mails about rules that switched themselves off: to whoever made the rule, and to members who asked for them."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.accounts.members import site_scope_of
from app.accounts.models import Membership
from app.automation.models import AutomationRule, RuleExecution, RuleMail
from app.core.extensions import db
from app.core.messages import Message, link_to_page, queue_message
from app.identity.models import User


def is_told_of_rules(account_id: int, user_id: int) -> bool:
    """Whether the member asked for a mail about each rule that switches itself off."""
    return db.session.get(RuleMail, (account_id, user_id)) is not None


def ask_for_mails(account_id: int, user_id: int, wanted: bool) -> None:
    """Send the member these mails from now on, or no more. Flushes."""
    if wanted:
        stmt = insert(RuleMail).values(account_id=account_id, user_id=user_id)
        db.session.execute(stmt.on_conflict_do_nothing())
    else:
        mine = (RuleMail.account_id == account_id, RuleMail.user_id == user_id)
        db.session.execute(delete(RuleMail).where(*mine))


def mail_rule_off(rule: AutomationRule, execution: RuleExecution, why: str) -> int:
    """Queue a mail to each of them about a rule that switched itself off. Returns how many. Flushes.

    Each is sent once for the execution that failed last.
    """
    members = _members_to_tell(rule)
    for member in members:
        intent = f"rule-off:{execution.id}:{member.user_id}"
        queue_message(_message(rule, member.user, why), intent=intent, to=member.user.email, account_id=rule.account_id)
    return len(members)


def _members_to_tell(rule: AutomationRule) -> Sequence[Membership]:
    asked = select(RuleMail.user_id).where(RuleMail.account_id == rule.account_id)
    wants = or_(Membership.user_id == rule.owner_id, Membership.user_id.in_(asked))
    stmt = select(Membership).join(User, User.id == Membership.user_id).options(joinedload(Membership.user))
    reached = (User.is_active.is_(True), User.email_confirmed_at.is_not(None))
    mine = (Membership.account_id == rule.account_id, wants, *reached)
    members = db.session.scalars(stmt.where(*mine).order_by(Membership.id)).all()
    return [member for member in members if _may_see(member, rule.site_id)]


def _may_see(member: Membership, site_id: int) -> bool:
    scope = site_scope_of(member)
    return scope is None or site_id in scope.site_ids


def _message(rule: AutomationRule, user: User, why: str) -> Message:
    return Message(
        f"The rule “{rule.name}” switched itself off",
        (
            f"Hello {user.name},",
            f"the rule “{rule.name}” failed five times in a row and is off now. What failed last: {why}",
            "Nothing is set off by it until somebody switches it on again.",
        ),
        "See the rule",
        link_to_page("automation.show_rule", rule_id=rule.id),
        "You get this mail because you made the rule, or asked for such mails under Automation.",
    )
