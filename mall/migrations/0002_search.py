"""The table with the tokens of products, on either engine (see disclosure.search)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

TABLE = "mall_product_search"


def forwards(apps: Any, schema_editor: Any) -> None:
    run = schema_editor.execute
    if schema_editor.connection.vendor == "postgresql":
        run(f"CREATE TABLE {TABLE} (position bigint PRIMARY KEY, tokens tsvector NOT NULL)")
        run(f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (tokens) WITH (fastupdate = off)")
    else:
        run(
            f"CREATE VIRTUAL TABLE {TABLE} USING fts5(tokens, content='', tokenize='ascii', prefix='4', detail=none)"
        )


def backwards(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    dependencies = [("mall", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
