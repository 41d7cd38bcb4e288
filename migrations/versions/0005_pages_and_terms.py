"""Parent, template, taxonomy, author and canonical address of content; what a publication is; terms by taxonomy."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXTS = {"seo_canonical": 2000, "author_email": 254, "template": 200, "taxonomy": 32}
POST_OR_TERM = (
    "(external_type = 'post' and external_taxonomy = '') or (external_type = 'term' and external_taxonomy <> '')"
)


def upgrade() -> None:
    for name, length in TEXTS.items():
        op.add_column("contents", sa.Column(name, sa.String(length), server_default="", nullable=False))
    op.add_column("contents", sa.Column("parent_external_id", sa.BigInteger(), nullable=True))
    op.add_column("publications", sa.Column("external_type", sa.String(8), server_default="post", nullable=False))
    op.add_column("publications", sa.Column("external_taxonomy", sa.String(32), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_publications_external_type"), "publications", POST_OR_TERM)
    op.create_index(
        "uq_content_taxonomies_slug",
        "content_taxonomies",
        ["site_id", "taxonomy_type", sa.text("coalesce(external_taxonomy, '')"), "slug"],
        unique=True,
    )
    op.drop_constraint(op.f("uq_content_taxonomies_site_id_taxonomy_type_slug"), "content_taxonomies", type_="unique")


def downgrade() -> None:
    op.execute(  # the narrower key knows one of them: the oldest
        "delete from content_taxonomies newer using content_taxonomies older where newer.site_id = older.site_id "
        "and newer.taxonomy_type = older.taxonomy_type and newer.slug = older.slug and newer.id > older.id"
    )
    op.create_unique_constraint(
        op.f("uq_content_taxonomies_site_id_taxonomy_type_slug"),
        "content_taxonomies",
        ["site_id", "taxonomy_type", "slug"],
    )
    op.drop_index("uq_content_taxonomies_slug", "content_taxonomies")
    op.drop_constraint(op.f("ck_publications_external_type"), "publications", type_="check")
    for name in ("external_taxonomy", "external_type"):
        op.drop_column("publications", name)
    for name in ("parent_external_id", *TEXTS):
        op.drop_column("contents", name)
