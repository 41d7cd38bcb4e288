"""What a deploy and its roll-back say in the end. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.languages import N_, NN_
from app.core.stored_texts import StoredText, count_text
from app.sitebuilder.deploy.models import CREATE, UPDATE, SiteDeployPage

CREATED = NN_("%(num)s page created.", "%(num)s pages created.")
UPDATED = NN_("%(num)s page updated.", "%(num)s pages updated.")
NOTHING_SENT = N_("WordPress has this site already: no page had to be sent.")
SETUP_ALONE = N_("No page had to be sent. Front page, menu, order or style of the site were brought up to date.")
LEFT = NN_("%(num)s page left: %(reason)s", "%(num)s pages left: %(reason)s")
AS_BEFORE = NN_("%(num)s page as before.", "%(num)s pages as before.")
IN_TRASH = NN_("%(num)s page in WordPress's trash.", "%(num)s pages in WordPress's trash.")
LEFT_AS_IS = NN_("%(num)s page left as it is: %(reason)s", "%(num)s pages left as they are: %(reason)s")
DEPLOYED_LEFT: Mapping[str, Mapping[str, str]] = {
    "changed": {
        "front": N_("The front page was left, as somebody changed it in WordPress."),
        "menu": N_("The menu was left, as somebody changed it in WordPress."),
        "orders": N_("The order of pages was left, as somebody changed it in WordPress."),
        "style": N_("The style was left, as somebody changed it in WordPress."),
        "presets": N_("The style's colours and sizes for the editor were left, as somebody changed them in WordPress."),
    },
    "refused": {
        "front": N_("The front page was left, as the acting user may not set it."),
        "menu": N_("The menu was left, as the acting user may not set it."),
        "orders": N_("The order of pages was left, as the acting user may not set it."),
        "style": N_("The style was left, as the acting user may not set it."),
        "presets": N_("The style's colours and sizes for the editor were left, as the acting user may not set them."),
    },
}
BACK_LEFT: Mapping[str, Mapping[str, str]] = {
    "changed": {
        "front": N_("The front page was left, as somebody changed it since."),
        "menu": N_("The menu was left, as somebody changed it since."),
        "orders": N_("The order of pages was left, as somebody changed it since."),
        "style": N_("The style was left, as somebody changed it since."),
        "presets": N_("The style's colours and sizes for the editor were left, as somebody changed them since."),
    },
    "refused": DEPLOYED_LEFT["refused"],
}


def deployed_words(
    rows: Sequence[SiteDeployPage], left: Mapping[str, Any], *, has_changes: bool = False
) -> list[StoredText]:
    """What a deploy did. `left` are the parts of the site that it left, by the reason."""
    done = {name: sum(row.action == name and row.state == "done" for row in rows) for name in (CREATE, UPDATE)}
    failed = [row for row in rows if row.state == "failed"]
    texts = [count_text(done[CREATE], CREATED)] if done[CREATE] else []
    texts += [count_text(done[UPDATE], UPDATED)] if done[UPDATE] else []
    if not any(done.values()) and not failed:
        texts.append(StoredText(SETUP_ALONE if has_changes else NOTHING_SENT))
    return texts + _left_pages(failed, LEFT) + _left_parts(left, DEPLOYED_LEFT)


def taken_back_words(rows: Sequence[SiteDeployPage], left: Mapping[str, Any]) -> list[StoredText]:
    """What a roll-back did."""
    back = {name: sum(row.action == name and row.state == "put_back" for row in rows) for name in (CREATE, UPDATE)}
    kept = [row for row in rows if row.state == "kept" and row.reason]  # without one it had never been sent
    texts = [StoredText(N_("Rolled back."))]
    texts += [count_text(back[UPDATE], AS_BEFORE)] if back[UPDATE] else []
    texts += [count_text(back[CREATE], IN_TRASH)] if back[CREATE] else []
    return texts + _left_pages(kept, LEFT_AS_IS) + _left_parts(left, BACK_LEFT)


def _left_pages(rows: Sequence[SiteDeployPage], words: tuple[str, str]) -> list[StoredText]:
    if not rows:
        return []
    return [StoredText(words[0], {"reason": rows[0].reason_text}, words[1], len(rows))]


def _left_parts(left: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> list[StoredText]:
    return [StoredText(words[why][part]) for why in words for part in left.get(why, []) if part in words[why]]
