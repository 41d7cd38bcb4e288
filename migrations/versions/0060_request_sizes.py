"""How much an account asks of models at once; nothing chosen is the installation's setting."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

MOST = {"ideas_per_request": 30, "clusters_per_request": 50, "drafts_per_run": 500}


def upgrade() -> None:
    for name, most in MOST.items():
        op.add_column("ai_settings", sa.Column(name, sa.Integer(), nullable=True))
        op.create_check_constraint(op.f(f"ck_ai_settings_{name}"), "ai_settings", f"{name} between 1 and {most}")


def downgrade() -> None:
    for name in MOST:
        op.drop_column("ai_settings", name)
