"""Briefs of images without a key: one for each section, under its own words. Deterministic."""

from app.ai.builtin.outline_frames import HEADINGS
from app.ai.tasks.image_briefs import ImageBrief, ImageBriefsRequest, ImageBriefsResult
from app.ai.wording import shorten, title_key

MOST = 20


def image_briefs(request: ImageBriefsRequest) -> ImageBriefsResult:
    """One for each heading; for a text without any, one for the whole. The frame around a text needs no picture."""
    frame = {title_key(heading) for key in ("faq", "close") for heading in HEADINGS[key].values()}
    headings = {title_key(heading): heading for heading in request.headings if title_key(heading)}
    sections = [heading for key, heading in headings.items() if key not in frame]
    return ImageBriefsResult(images=[_brief(request.title, heading) for heading in sections[:MOST] or [""]])


def _brief(title: str, heading: str) -> ImageBrief:
    """No sentence is made around the words: they may be of any language."""
    subject = heading if not title or title_key(title) == title_key(heading) else f"{title}: {heading}"
    shows = shorten(subject if heading else title, 1000)
    return ImageBrief(heading=shorten(heading, 300), shows=shows, alt=shorten(heading or title, 500))
