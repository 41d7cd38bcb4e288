"""The editor's form."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from app.content.models import Content
from app.content.services import MAX_HTML
from app.core.errors import DomainError
from app.core.forms import Form
from app.planner.models import CONTENT_STRUCTURES, Cluster
from app.taxonomy.services import LABELS

SEO_TITLE = 60
SEO_DESCRIPTION = 160


def stored_values(content: Content) -> dict[str, Any]:
    """The stored row as values of the form's fields."""
    return {
        "version": content.version,
        "title": content.title,
        "content": content.content_html,
        "seo_title": content.seo_title,
        "seo_description": content.seo_description,
        "slug": content.slug,
        "focus_keywords": ", ".join(content.focus_keywords),
        "excerpt": content.excerpt,
        "cluster_id": str(content.cluster_id or ""),
        "content_structure": content.content_structure,
        "is_outline": content.is_outline,
        "new_terms_taxonomy": "product_category" if content.content_type == "Product" else "category",
    }


class ContentForm(Form):
    """Everything of a piece of content that a person edits, but images and terms."""

    version = IntegerField(validators=[InputRequired()])
    title = StringField("Title", [InputRequired("Give it a title."), Length(max=500)])
    content = TextAreaField(
        "Content", [Length(max=MAX_HTML, message=f"The text is longer than {MAX_HTML:,} characters. Split it.")]
    )
    seo_title = StringField("SEO title", [Length(max=300)])
    seo_description = TextAreaField("SEO description", [Length(max=500)])
    focus_keywords = StringField("Focus keywords", [Length(max=5000)])
    slug = StringField("Slug", [Length(max=200)])
    excerpt = TextAreaField("Excerpt", [Length(max=5000)])
    cluster_id = SelectField("Cluster", [Optional()])
    content_structure = SelectField("Structure")
    new_terms = StringField("Add terms", [Length(max=2000)])
    new_terms_taxonomy = SelectField(
        "Kind of the new terms",
        choices=[SelectChoice(key, LABELS[key]) for key in ("category", "tag", "product_category", "service_category")],
    )
    is_outline = BooleanField("Still an outline")

    def offer(self, clusters: list[Cluster], content: Content) -> "ContentForm":
        """Fill the choices of this site, keeping what the content has now."""
        self.cluster_id.choices = [SelectChoice("", "None"), *(SelectChoice(str(c.id), c.name) for c in clusters)]
        if content.cluster and content.cluster not in clusters:
            self.cluster_id.choices.append(SelectChoice(str(content.cluster.id), content.cluster.name))
        known = list(dict.fromkeys(["", content.content_structure, *CONTENT_STRUCTURES]))
        self.content_structure.choices = [SelectChoice(name, name or "None") for name in known]
        return self

    @classmethod
    def of(cls, content: Content, sent: MultiDict[str, str] | None = None) -> "ContentForm":
        """Filled with what is stored, or with what was sent. A field that was not sent keeps what is stored."""
        if sent is None:
            return cls(formdata=None, **stored_values(content))
        merged = MultiDict(sent)
        for name, value in stored_values(content).items():
            if name not in merged and name not in ("version", "is_outline"):
                merged[name] = value
        if content.is_outline and "outline_shown" not in merged:
            merged["is_outline"] = "1"
        return cls(formdata=merged)

    def changes(self) -> dict[str, object]:
        """What `services.update_content` takes."""
        return {
            "title": self.title.data,
            "content_html": self.content.data or "",
            "seo_title": (self.seo_title.data or "").strip(),
            "seo_description": " ".join((self.seo_description.data or "").split()),
            "focus_keywords": (self.focus_keywords.data or "").split(","),
            "slug": self.slug.data or "",
            "excerpt": (self.excerpt.data or "").strip(),
            "cluster_id": int(self.cluster_id.data) if self.cluster_id.data else None,
            "content_structure": self.content_structure.data or "",
            "is_outline": bool(self.is_outline.data),
        }

    def names_of_new_terms(self) -> list[str]:
        """Names typed into the field, separated by commas."""
        return [name.strip() for name in (self.new_terms.data or "").split(",") if name.strip()]

    def blame(self, error: DomainError) -> None:
        """Put an error at the field it is about, or on top."""
        words = f"{error.message} {error.cure}".strip()
        field = {"content_html": "content", "taxonomy": "new_terms", "name": "new_terms"}.get(
            error.field or "", error.field
        )
        target = self[field] if field and field in self else None
        if target is None:
            self.form_errors.append(words)
        else:
            target.errors = [*target.errors, words]
