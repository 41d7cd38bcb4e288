"""User name and password that a site's server asks everybody for"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = {"password_user": 200, "password_secret": 1200, "password_origin": 520}


def upgrade() -> None:
    for name, length in COLUMNS.items():
        op.add_column("sites", sa.Column(name, sa.String(length=length), nullable=True))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("sites", name)
