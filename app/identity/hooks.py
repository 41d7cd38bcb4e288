"""What the log-in of a person asks and tells the domains above. In the transaction at hand (`app.core.hooks`)."""

from app.core.hooks import Hook, Question

# (user_id) once all that rests on a person's credentials has to end.
credentials_revoked: Hook[[int]] = Hook()
# (user_id) Which words would somebody who knows this person try?
words_about_person: Question[[int], list[str]] = Question()
# (user_id) What has this person's log-in made that still works after they changed it? In sentences.
left_by_person: Question[[int], list[str]] = Question()
