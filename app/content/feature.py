"""The Content Manager, as a feature."""

from app.content.cluster_hooks import connect
from app.content.routes import bp
from app.core.features import Entry, Feature

FEATURE = Feature(
    key="content",
    blueprints=(bp,),
    navigation=(Entry("Content", "content.index", "file-text", place=40),),
    periodic=(),
    audit_words={
        "bulk.content_changed": "Content changed",
    },
    connect=connect,
)
