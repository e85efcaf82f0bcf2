"""Tables for search, and the database's own refusal to change what has been published."""

from __future__ import annotations

from typing import Any

from django.db import migrations

SEARCHED = ("disclosure_notice", "disclosure_transaction")
FIXED = ("disclosure_notice", "disclosure_release", "disclosure_transaction", "disclosure_transactionitem")


def forwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    if schema_editor.connection.vendor == "postgresql":
        for table in SEARCHED:
            run(f"CREATE TABLE {table}_search (position bigint PRIMARY KEY, tokens tsvector NOT NULL)")
            run(f"CREATE INDEX {table}_search_tokens ON {table}_search USING gin (tokens) WITH (fastupdate = off)")
        run(
            "CREATE FUNCTION disclosure_fixed() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'what has been published cannot be changed'; END $$"
        )
        for table in FIXED:
            run(
                f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION disclosure_fixed()"
            )
        return
    for table in SEARCHED:
        run(
            f"CREATE VIRTUAL TABLE {table}_search USING fts5(tokens, content='', tokenize='ascii', prefix='4', detail=none)"
        )
    for table in FIXED:
        # No trigger on DELETE here: Django empties tables between tests with it, where PostgreSQL truncates.
        run(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'what has been published cannot be changed'); END"
        )


def backwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in FIXED:
        run(f"DROP TRIGGER {table}_fixed" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        run("DROP FUNCTION disclosure_fixed")
    for table in SEARCHED:
        run(f"DROP TABLE {table}_search")


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
