"""The export of an account, as a feature."""

from datetime import timedelta

from app.core.features import Feature
from app.core.languages import N_
from app.core.scheduler import Periodic
from app.export import services as exports
from app.export.routes import bp
from app.export.run_kinds import KINDS
from app.export.shelves import EXPORTS

FEATURE = Feature(
    key="export",
    place=150,
    blueprints=(bp,),
    run_kinds=KINDS,
    periodic=(
        Periodic("forget_old_exports", timedelta(hours=6), exports.forget_old),
        Periodic("delete_due_accounts", timedelta(hours=1), "jobs.export.hand_out_deletion"),
    ),
    audit_words={
        "account.export_started": N_("Export started"),
        "account.export_downloaded": N_("Export downloaded"),
    },
    shelves=(EXPORTS,),
    settings_parent="account.general",
    guide={"export": "account#tokens-and-export"},
    direct_jobs=("jobs.export.delete_due_accounts",),
)
