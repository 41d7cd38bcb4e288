"""Arranged lists and saved views, as a feature."""

from datetime import timedelta

from app.core.features import Feature
from app.core.scheduler import Periodic
from app.saved_views.routes import bp
from app.saved_views.services import forget_deleted

FEATURE = Feature(
    key="saved_views",
    place=110,
    blueprints=(bp,),
    guide={"saved_views": "content#arranging-a-list"},
    periodic=(Periodic("forget_deleted_views", timedelta(hours=24), forget_deleted),),
)
