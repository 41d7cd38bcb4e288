"""What Thinker tells the domains above. In the transaction at hand (`app.core.hooks`)."""

from app.core.hooks import Question

# (account_id, name, new name or "") once a persona is renamed or deleted. How many briefs named it?
persona_renamed: Question[[int, str, str], int] = Question()
