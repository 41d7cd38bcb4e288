"""Terms: WordPress categories, tags and their like."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base

TAXONOMY_TYPES = (
    "category",
    "tag",
    "product_category",
    "product_attribute",
    "cluster",
    "service_category",
    "custom",
)


class ContentTaxonomy(Base, AccountOwned):
    """One term of a site. `external_taxonomy` is the WordPress taxonomy, `external_id` the term id there.

    Terms of one slug in two WordPress taxonomies (`pa_size` and `pa_colour`) are two terms. What is in WordPress is
    identified by its id alone, since a slug can pass from one term to another while we hear of one of them.
    ``custom`` is any taxonomy that is none of the others. `external_parent_id` is the id of the parent term there.
    """

    __tablename__ = "content_taxonomies"
    __table_args__ = (
        Index(
            "uq_content_taxonomies_slug",
            "site_id",
            "taxonomy_type",
            text("coalesce(external_taxonomy, '')"),
            "slug",
            unique=True,
            postgresql_where=text("external_id is null"),
        ),
        Index(
            "uq_content_taxonomies_external",
            "site_id",
            "external_taxonomy",
            "external_id",
            unique=True,
            postgresql_where=text("external_id is not null"),
        ),
        CheckConstraint(
            "taxonomy_type in ('category','tag','product_category','product_attribute','cluster','service_category',"
            "'custom')",
            name="taxonomy_type",
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    sector_id: Mapped[int | None] = mapped_column(ForeignKey("sectors.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(200))
    taxonomy_type: Mapped[str] = mapped_column(String(24))
    external_taxonomy: Mapped[str | None] = mapped_column(String(32))
    external_id: Mapped[int | None] = mapped_column(BigInteger)
    external_parent_id: Mapped[int | None] = mapped_column(BigInteger)
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
