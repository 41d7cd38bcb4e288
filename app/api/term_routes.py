"""Terms of a site (categories, tags and their like), and what is done to many contents at once."""

from pydantic import Field

from app.api.content_routes import ContentShown
from app.api.endpoints import api_endpoint, expected_version
from app.api.runs import RunShown
from app.api.shapes import Given, Instant, Parameters, QueryId, RowId, RowIds, RowPage, Shown, whole_list
from app.content import actions
from app.content.actions import BulkDone, TermChoice
from app.content.editing.revisions import VersionCause
from app.content.models import Content
from app.core.access import current_account_id, current_actor
from app.core.permissions import Permission
from app.core.tenancy import owned, owned_many
from app.sites.facts import stored_facts
from app.sites.models import Site
from app.taxonomy.models import ContentTaxonomy
from app.taxonomy.services import find_or_create_term, terms_of_site

READ, WRITE = Permission.CONTENT_READ, Permission.CONTENT_WRITE
MOST_TERMS = 5000


class TermShown(Shown):
    """A term of a site. `external_taxonomy` and `external_id` are what it is in WordPress, null before it is there."""

    id: RowId = Field(examples=[19])
    site_id: int = Field(examples=[1])
    name: str = Field(examples=["Trail running"])
    slug: str = Field(examples=["trail-running"])
    taxonomy_type: str = Field(examples=["category"])
    external_taxonomy: str | None = Field(examples=["category"])
    external_id: int | None = Field(examples=[None])
    created_at: Instant


class TermsParameters(Parameters):
    """Which site's terms."""

    site_id: QueryId = Field(description="The site whose terms are listed.", examples=[1])


class NewTerm(Given):
    """A term of a site; `taxonomy` is one of our types or a taxonomy of WordPress, such as `pa_size`."""

    site_id: RowId = Field(examples=[1])
    taxonomy: str = Field("category", max_length=32, examples=["category"])
    name: str = Field(min_length=1, max_length=200, examples=["Trail running"])


class TermIds(Given):
    """All the terms that a content is to have."""

    term_ids: list[RowId] = Field(max_length=200, examples=[[19]])


class TermOfContents(Given):
    """Contents of one site, and a term of it."""

    content_ids: RowIds = Field(examples=[[11]])
    term_id: RowId = Field(examples=[19])


class ClusterOfContents(Given):
    """Contents of one site, and the cluster that they are of: null for none."""

    content_ids: RowIds = Field(examples=[[11]])
    cluster_id: RowId | None = Field(examples=[3])


class BulkShown(Shown):
    """What was done, in a sentence, and to how many. Many are done by a `run`. `edit_id` is what can be undone."""

    says: str = Field(examples=["1 article is in “Trail running” now."])
    count: int = Field(examples=[1])
    run: RunShown | None
    edit_id: int | None = Field(examples=[6])

    @classmethod
    def of(cls, done: BulkDone) -> "BulkShown":
        """What was done as it is answered."""
        run = RunShown.of(done.run) if done.run else None
        return cls(says=done.message, count=done.count, run=run, edit_id=done.edit_id)


@api_endpoint("GET", "/terms/", READ)
def show_terms(query: TermsParameters) -> RowPage[TermShown]:
    """List the terms of a site by kind and name: 5,000 at most, on one page."""
    terms = terms_of_site(current_account_id(), query.site_id, MOST_TERMS)
    return whole_list([TermShown.model_validate(term) for term in terms])


@api_endpoint("GET", "/terms/<int:term_id>/", READ)
def show_term(term_id: int) -> TermShown:
    """One term."""
    return TermShown.model_validate(owned(ContentTaxonomy, term_id, current_account_id()))


@api_endpoint("POST", "/terms/", WRITE, status=201)
def add_term(body: NewTerm) -> TermShown:
    """Add a term; the site's own where it has one of this name. Refused where the site makes no new terms."""
    account_id = current_account_id()
    may_make = stored_facts(owned(Site, body.site_id, account_id)).makes_terms
    return TermShown.model_validate(find_or_create_term(account_id, body.site_id, body.taxonomy, body.name, may_make))


@api_endpoint("GET", "/content/<int:content_id>/terms/", READ)
def show_content_terms(content_id: int) -> RowPage[TermShown]:
    """List the terms of a content. All of them are on one page."""
    content = owned(Content, content_id, current_account_id())
    return whole_list([TermShown.model_validate(term) for term in content.terms])


@api_endpoint("PUT", "/content/<int:content_id>/terms/", WRITE, matches=True)
def set_content_terms(content_id: int, body: TermIds) -> ContentShown:
    """Give a content exactly these terms."""
    account_id = current_account_id()
    seen = expected_version(owned(Content, content_id, account_id).version)
    terms = TermChoice(ids=list(dict.fromkeys(body.term_ids)))
    cause = VersionCause("person", current_actor().id, current_actor().short_name)
    saved = actions.save_content(account_id, content_id, {}, expected_version=seen, terms=terms, version_cause=cause)
    return ContentShown.model_validate(saved)


def _site_of(ids: list[int]) -> int:
    """The site of the first of these contents. Raises NotFound when one is not the account's."""
    return owned_many(Content, ids, current_account_id())[0].site_id


@api_endpoint("POST", "/content/terms/attach/", WRITE, status=202, rehearses=True)
def attach_term(body: TermOfContents) -> BulkShown:
    """Attach a term to those of the contents that can have it."""
    site_id = _site_of(body.content_ids)
    done = actions.attach_term(
        current_account_id(), current_actor(), site_id, list(body.content_ids), term_id=body.term_id
    )
    return BulkShown.of(done)


@api_endpoint("POST", "/content/terms/detach/", WRITE, status=202, rehearses=True)
def detach_term(body: TermOfContents) -> BulkShown:
    """Detach a term from contents."""
    site_id = _site_of(body.content_ids)
    return BulkShown.of(
        actions.detach_term(current_account_id(), current_actor(), site_id, list(body.content_ids), body.term_id)
    )


@api_endpoint("POST", "/content/cluster/", WRITE, status=202, rehearses=True)
def assign_cluster(body: ClusterOfContents) -> BulkShown:
    """Put contents into a cluster, or take them out of theirs."""
    site_id = _site_of(body.content_ids)
    return BulkShown.of(
        actions.assign_cluster(current_account_id(), current_actor(), site_id, list(body.content_ids), body.cluster_id)
    )


@api_endpoint("POST", "/content/edits/<int:edit_id>/undo/", WRITE, status=202)
def undo_bulk_edit(edit_id: int) -> BulkShown:
    """Take back what was done to many contents, as far as nothing else was done with them since."""
    return BulkShown.of(actions.undo_bulk_edit(current_account_id(), current_actor(), edit_id))
