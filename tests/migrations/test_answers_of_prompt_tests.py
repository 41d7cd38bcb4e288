"""Migration 0070: answers of prompt tests that are younger than 30 days are encrypted; unwanted ones go."""

from flask_migrate import downgrade, upgrade
from sqlalchemy import NullPool, create_engine, text

from app import create_app
from app.config import ROOT
from app.core.crypto import decrypt
from app.core.extensions import db
from tests.conftest import Engines

FOLDER = str(ROOT / "migrations")
FILL = """
insert into accounts (id, name, created_at, updated_at) select n, 'A', now(), now() from generate_series(1, 2) n;
insert into ai_settings (account_id, concurrency, keep_texts, created_at, updated_at) values
    (1, 8, true, now(), now()), (2, 8, false, now(), now());
insert into prompt_test_sets (id, account_id, operation, name, cases, checks, version, created_at, updated_at)
select n, n, 'draft', 'S', '[]', '[]', 1, now(), now() from generate_series(1, 2) n;
insert into prompt_tests (id, account_id, test_set_id, operation, sides, cases, checks, repeats, author, created_at,
    updated_at)
select n, n, n, 'draft', '[]', '[]', '[]', 1, '', now(), now() from generate_series(1, 2) n;
insert into prompt_test_results (account_id, test_id, side, case_number, repeat, problems, answer, model, tokens_in,
    tokens_out, milliseconds, created_at, updated_at)
select account, account, 0, 0, n, '[]', case n when 300 then '' else 'answer ' || n end, 'm', 1, 1, 1,
    now() - case n when 299 then interval '31 days' else interval '1 day' end, now()
from generate_series(1, 300) n, generate_series(1, 2) account;
"""


def test_answers_are_encrypted_where_they_are_kept(engines: Engines) -> None:
    url = engines.postgres.make_database("test_answers")
    environment = {**engines.environment(), "DATABASE_URL": url, "DATABASE_APP_URL": "", "RATELIMIT_ENABLED": "0"}
    app = create_app({}, environment)
    owner = create_engine(app.config["OWNER_DATABASE_URI"], poolclass=NullPool)
    with app.app_context():
        upgrade(directory=FOLDER, revision="0068")
        with owner.begin() as connection:
            connection.execute(text(FILL))
        upgrade(directory=FOLDER, revision="0070")
        with owner.connect() as connection:
            rows = connection.execute(text("select * from prompt_test_results order by account_id, repeat")).all()
        kept = {row.repeat: decrypt(row.answer_encrypted) for row in rows if row.answer_encrypted is not None}
        assert kept == {number: f"answer {number}" for number in range(1, 299)}
        assert {row.account_id for row in rows if row.answer_encrypted is not None} == {1}
        assert len(rows) == 600
        downgrade(directory=FOLDER, revision="0068")
        db.session.remove()
        db.engine.dispose()
