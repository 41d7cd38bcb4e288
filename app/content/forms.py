"""The editor's form."""

import re
from collections.abc import Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.content import place
from app.content.models import Content
from app.content.services import MAX_HTML, may_be_untitled
from app.content.terms.fit import NEW_TERMS
from app.core.errors import DomainError
from app.core.forms import Form
from app.core.languages import gettext, lazy_gettext
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, Cluster
from app.sites.facts import SiteFacts
from app.taxonomy.slugs import readable_url

IMAGE_ALT = re.compile(r"image-(\d{1,18})-alt")  # the fields of images in the editor
LONGEST = f"{MAX_HTML:,}"  # letters of a text, in words


def stored_values(content: Content) -> dict[str, Any]:
    """The stored row as values of the form's fields."""
    return {
        "version": content.version,
        "title": content.title,
        "content": content.content_html,
        "seo_title": content.seo_title,
        "seo_description": content.seo_description,
        "seo_canonical": content.seo_canonical,
        "slug": content.slug,
        "slug_seen": content.slug,
        "focus_keywords": ", ".join(content.focus_keywords),
        "excerpt": content.excerpt,
        "cluster_id": str(content.cluster_id or ""),
        "content_type": content.content_type,
        "content_structure": content.content_structure,
        "author_email": content.author_email,
        "taxonomy": content.taxonomy,
        "template": _settled(content, content.template, place.DEFAULT_TEMPLATE),
        "parent_external_id": _settled(
            content, "" if content.parent_external_id is None else str(content.parent_external_id), "0"
        ),
        "new_terms_taxonomy": "product_category" if content.content_type == "Product" else "category",
    }


def _settled(content: Content, value: str, none: str) -> str:
    """The value as the form shows it: before the first publish “as it is” and “none” are one choice."""
    return "" if value == none and content.external_id is None else value


class ContentForm(Form):
    """Everything about a piece of content that a person edits, except images and terms."""

    version = IntegerField(validators=[InputRequired()])
    title = StringField(lazy_gettext("Title"), [InputRequired(lazy_gettext("Give it a title.")), Length(max=2000)])
    content = TextAreaField(
        lazy_gettext("Content"),
        [
            Length(
                max=MAX_HTML,
                message=lazy_gettext("The text is longer than %(max_html)s characters. Split it.", max_html=LONGEST),
            )
        ],
    )
    seo_title = StringField(lazy_gettext("SEO title"), [Length(max=2000)])
    seo_description = TextAreaField(lazy_gettext("SEO description"), [Length(max=2000)])
    seo_canonical = StringField(lazy_gettext("Canonical address"), [Length(max=2000)])
    focus_keywords = StringField(lazy_gettext("Focus keywords"), [Length(max=50_000)])
    slug = StringField(lazy_gettext("Slug"), [Length(max=200)])
    slug_seen = StringField()  # what the field held when the page was made
    excerpt = TextAreaField(lazy_gettext("Excerpt"), [Length(max=50_000)])
    cluster_id = SelectField(lazy_gettext("Cluster"), [Optional()])
    content_type = SelectField(
        lazy_gettext("Type"), choices=[SelectChoice(name, lazy_gettext(name)) for name in CONTENT_TYPES]
    )
    content_structure = SelectField(lazy_gettext("Structure"))
    parent_external_id = SelectField(
        lazy_gettext("Parent page"),
        [Regexp(r"\d{0,18}$", message=lazy_gettext("Choose a page."))],
        validate_choice=False,
    )
    template = SelectField(lazy_gettext("Template"), validate_choice=False)
    taxonomy = SelectField(lazy_gettext("Taxonomy"), validate_choice=False)
    author_email = StringField(lazy_gettext("Author"), [Length(max=254)])
    new_terms = StringField(lazy_gettext("Add terms"), [Length(max=2000)])
    new_terms_taxonomy = SelectField(
        lazy_gettext("Kind of the new terms"),
        choices=[SelectChoice(kind, lazy_gettext(label)) for kind, label in NEW_TERMS.items()],
    )

    def offer(self, clusters: list[Cluster], content: Content) -> "ContentForm":
        """Fill the choices of this site, keeping what the content has now."""
        self.cluster_id.choices = [
            SelectChoice("", gettext("None")),
            *(SelectChoice(str(c.id), c.name) for c in clusters),
        ]
        if content.cluster and content.cluster not in clusters:
            self.cluster_id.choices.append(SelectChoice(str(content.cluster.id), content.cluster.name))
        structures = list(dict.fromkeys(["", content.content_structure, *CONTENT_STRUCTURES]))
        self.content_structure.choices = [SelectChoice(name, gettext(name or "None")) for name in structures]
        return self

    def offer_places(self, content: Content, facts: SiteFacts, search: str = "") -> "ContentForm":
        """Fill the choices that come from WordPress, keeping what is chosen now."""
        live = content.external_id is not None
        self.template.choices = _with_present(
            _first(live, gettext("The theme's default"), place.DEFAULT_TEMPLATE),
            sorted(facts.templates.items()),
            self.template.data,
        )
        parents = [
            (str(page_id), f"{title} · {_path(url)}" if url else title)
            for page_id, title, url in place.possible_parents(content, search)
        ]
        chosen = place.chosen_parent(content)
        present = (str(chosen[0]), chosen[1]) if chosen else None
        self.parent_external_id.choices = _with_present(
            _first(live, gettext("None"), "0"), parents, self.parent_external_id.data, present
        )
        named = {name: gettext(label) for name, label in place.TAXONOMIES}
        others = {name: label for name, label in facts.taxonomies if name not in named}
        self.taxonomy.choices = _with_present(
            [("", gettext("Choose a taxonomy"))], [*named.items(), *others.items()], self.taxonomy.data
        )
        return self

    @classmethod
    def of(cls, content: Content, sent: MultiDict[str, str] | None = None) -> "ContentForm":
        """Filled with what is stored, or with what was sent. A field that was not sent keeps what is stored."""
        if sent is None:
            return cls(formdata=None, **stored_values(content))
        merged = MultiDict(sent)
        for name, value in stored_values(content).items():
            if name not in merged and name != "version":
                merged[name] = value
        form = cls(formdata=merged)
        if may_be_untitled(content):
            form.title.validators = [Length(max=2000)]
        return form

    def changes(self) -> dict[str, object]:
        """The changes for `services.update_content`.

        An untouched slug is not among them: WordPress may have changed it in a publish meanwhile.
        """
        slug = self.slug.data or ""
        return ({"slug": slug} if slug != (self.slug_seen.data or "") else {}) | {
            **self.texts(),
            "cluster_id": int(self.cluster_id.data) if self.cluster_id.data else None,
            "content_type": self.content_type.data,
            "content_structure": self.content_structure.data or "",
            "author_email": self.author_email.data or "",
            "parent_external_id": int(self.parent_external_id.data) if self.parent_external_id.data else None,
            "template": self.template.data or "",
            "taxonomy": self.taxonomy.data or "",
        }

    @classmethod
    def unsaved(cls, content: Content, sent: MultiDict[str, str]) -> tuple[dict[str, Any], dict[int, str]]:
        """What is in the editor and was not saved: values by column of a content, and texts of its images by id.

        A text that is too long is cut.
        """
        form = cls.of(content, sent)
        values = form.texts() | {"slug": form.slug.data or ""}
        values["content_html"] = values["content_html"][:MAX_HTML]
        return values, {int(match[1]): text for name, text in sent.items() if (match := IMAGE_ALT.fullmatch(name))}

    def texts(self) -> dict[str, Any]:
        """The texts, by column of a content."""
        return {
            "title": self.title.data,
            "content_html": self.content.data or "",
            "seo_title": (self.seo_title.data or "").strip(),
            "seo_description": " ".join((self.seo_description.data or "").split()),
            "seo_canonical": self.seo_canonical.data or "",
            "focus_keywords": (self.focus_keywords.data or "").split(","),
            "excerpt": (self.excerpt.data or "").strip(),
        }

    def named_terms(self, chosen: Sequence[str]) -> list[tuple[str, str]]:
        """Taxonomy and name of terms: those `chosen` as “taxonomy:name”, and the names that the field holds."""
        pairs = [(kind, name) for kind, _, name in (value.partition(":") for value in chosen) if kind in NEW_TERMS]
        typed = [name.strip() for name in (self.new_terms.data or "").split(",")]
        return [*pairs, *((self.new_terms_taxonomy.data, name) for name in typed if name)]

    def blame(self, error: DomainError) -> None:
        """Show an error at its field, or at the top."""
        words = f"{error.message} {error.cure}".strip()
        field = {"content_html": "content", "taxonomy": "new_terms", "name": "new_terms"}.get(
            error.field or "", error.field
        )
        target = self[field] if field and field in self else None
        if target is None:
            self.form_errors.append(words)
        else:
            target.errors = [*target.errors, words]


def _first(live: bool, none: str, key: str) -> list[tuple[str, str]]:
    return [("", gettext("As it is in WordPress")), (key, none)] if live else [("", none)]


def _with_present(
    first: list[tuple[str, str]], rest: list[tuple[str, str]], value: str | None, present: tuple[str, str] | None = None
) -> list[SelectChoice]:
    """The choices, with the present value among them even where WordPress no longer names it."""
    choices = dict(first) | dict(rest)
    if value and value not in choices:
        choices[value] = present[1] if present and present[0] == value else value
    return [SelectChoice(key, label) for key, label in choices.items()]


def _path(url: str) -> str:
    return readable_url("/" + url.split("/", 3)[3] if url.count("/") > 2 else url)
