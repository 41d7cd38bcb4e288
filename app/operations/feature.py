"""What whoever runs an installation needs, as a feature: health, metrics, alerts, backups, the System page."""

from datetime import timedelta

from app.core.features import Feature
from app.core.scheduler import Periodic
from app.operations import alert_mails, pings
from app.operations.routes import health
from app.operations.system_routes import system

FEATURE = Feature(
    key="operations",
    place=195,
    blueprints=(health, system),
    machines=(health,),
    json_paths=("/healthz",),
    periodic=(
        Periodic("watch_figures", timedelta(minutes=1), alert_mails.watch),
        Periodic("send_sign_of_life", timedelta(minutes=1), pings.hand_out_ping),
    ),
    direct_jobs=(pings.ENTRY,),
)
