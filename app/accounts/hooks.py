"""What accounts and their members ask and tell the domains above. In the transaction at hand (`app.core.hooks`)."""

from typing import TYPE_CHECKING

from app.core.hooks import Hook, Question

if TYPE_CHECKING:
    from app.core.actor import Actor

# (account_id) before somebody is invited or joins; may refuse.
seat_needed: Hook[[int]] = Hook()
# (account_id, user_id, who did it) once somebody is no longer a member of the account.
member_gone: "Hook[[int, int, Actor]]" = Hook()
# (account_id) Which sites does this account have? (id, name, address) of those that the person may see.
account_sites: Question[[int], list[tuple[int, str, str]]] = Question()
