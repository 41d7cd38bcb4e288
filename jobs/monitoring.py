"""The daily mail. RQ enters by `write_daily_mail` with the ids of an account and a member."""

from app.monitoring import daily_mail
from jobs import the_app


def write_daily_mail(account_id: int, user_id: int) -> None:
    """Write it if it is due; safe to repeat."""
    with the_app().app_context():
        daily_mail.write_daily_mail(account_id, user_id)
