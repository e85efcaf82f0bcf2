"""Databases for the tests: migrated once and copied, and emptied by what is in them.

The migrations take longer than most test files.  They run once for each state of the migration files and each
server; every worker, and every server that a test starts, begins with a copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection, transaction

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "var" / "migrated"
SERVERS = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "S3_BUCKET")


def state() -> str:
    """Name the state of all migrations: ours, and those of the packages that the lock file pins."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    ours = (file for place in ("*", "core/*") for file in ROOT.glob(f"{place}/migrations/*.py"))
    for file in sorted(ours):
        digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Let one process at a time do what has this name."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate(**variables: str) -> None:
    """Run the migrations in a process of their own, on the database that `variables` name."""
    environment = {name: value for name, value in os.environ.items() if name not in SERVERS}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**environment, **variables}, check=True)


def migrated_file(target: Path) -> None:
    """Make `target` a migrated, empty SQLite database."""
    name = state()
    kept = KEPT / f"{name}.sqlite3"
    with alone("sqlite"):
        if not kept.exists():
            for old in KEPT.glob("*.sqlite3"):
                old.unlink()
            with tempfile.TemporaryDirectory() as folder:
                migrate(MINGCAI_VAR=folder)
                shutil.copy(Path(folder) / "db.sqlite3", kept.with_suffix(".part"))
            kept.with_suffix(".part").rename(kept)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy(kept, target)


def migrated_database(name: str) -> None:
    """Make `name` a migrated, empty database of the PostgreSQL server that DATABASE_URL names."""
    import psycopg
    from psycopg import sql

    url = os.environ["DATABASE_URL"]
    server = url.rpartition("/")[0]
    kept = sql.Identifier("migrated")
    with alone("postgresql"), psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = 'migrated'").fetchone():
            admin.execute("CREATE DATABASE migrating")
            migrate(DATABASE_URL=f"{server}/migrating")
            admin.execute("ALTER DATABASE migrating RENAME TO migrated")
        own = sql.Identifier(name)
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(own))
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(own, kept))


def tables_with_rows(tables: list[str]) -> list[str]:
    """Give those of `tables` that hold a row, by one statement."""
    quote = connection.ops.quote_name
    each = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return [row[0] for row in cursor.fetchall()]


class Emptying:
    """Empties the database after a test that committed: only the tables that have rows, nothing made anew.

    Django truncates every table and writes its content types again, which costs more than most of these tests.
    """

    def __init__(self) -> None:
        """Look at the database as the migrations left it: what they wrote stays."""
        self.tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        written = set(tables_with_rows(self.tables))
        self.tables = [table for table in self.tables if table not in written]
        every = connection.introspection.table_names()
        self.indexes = [
            table for table in every if table.endswith("_search")
        ]  # made by hand, without a model

    def __call__(self) -> None:
        full = tables_with_rows(self.tables)
        postgresql = connection.vendor == "postgresql"
        with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
            if (
                postgresql
            ):  # no trigger: neither those of foreign keys nor those that protect what was published
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in full:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
            for table in self.indexes if full else ():
                everything = (
                    f"DELETE FROM {table}"
                    if postgresql
                    else f"INSERT INTO {table}({table}) VALUES ('delete-all')"
                )
                cursor.execute(everything)
