"""Tasks and drafts, as a feature."""

from app.core.costs import WORDS_OF_A_DRAFT, Cost
from app.core.features import Entry, Feature, Module
from app.writer.cluster_hooks import connect
from app.writer.routes import bp
from app.writer.run_kinds import KINDS

FEATURE = Feature(
    key="writer",
    blueprints=(bp,),
    navigation=(Entry("Writer", "writer.tasks", "pencil", place=30),),
    module=Module("writer", "Writer", "Tasks, and drafts written from them.", "pencil"),
    run_kinds=KINDS,
    periodic=(),
    audit_words={
        "deleted.tasks": "Tasks deleted",
    },
    credit_operations={
        "content": Cost("Drafts", 1, "word", per=100, usual=WORDS_OF_A_DRAFT // 100),
        "image": Cost("Images", 5, "image"),
        "reparse": Cost("Reading an answer again", 1, "answer"),
    },
    connect=connect,
)
