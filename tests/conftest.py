"""Fixtures that every test may use: the clock, the cast, what was committed and pushed."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.test import TransactionTestCase

from tests import databases

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's loop runs in the test's thread

# No test is timed. A developer's run looks for new examples; a landing is decided by the same ones every time.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis.settings.load_profile("suite")


#: What has to do with a database, a channel layer, a store or a process of its own.
SERVED = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that start processes: they take longest, and no worker shall wait for them at the end.

    Beside servers, leave out what cannot tell them apart, unless everything is asked for.
    """
    if os.environ.get("DATABASE_URL") and not os.environ.get("MINGCAI_TEST_ALL"):
        alike = [item for item in items if not served(item)]
        config.hook.pytest_deselected(items=alike)
        items[:] = [item for item in items if served(item)]
    slow = {item.path for item in items if item.get_closest_marker("processes")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look through it for garbage again and again takes a twentieth of all work."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


def served(item: pytest.Item) -> bool:
    """Tell whether a test touches what the servers serve."""
    asked = SERVED.intersection(getattr(item, "fixturenames", ()))
    return bool(asked) or any(item.get_closest_marker(mark) for mark in ("django_db", "processes"))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Give each worker a copy of the migrated database, and empty it by what is in it."""
    from django.db import connection

    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    if connection.vendor == "sqlite":
        name = str(tmp_path_factory.mktemp("database") / f"{worker}.sqlite3")
        databases.migrated_file(Path(name))
    else:
        name = f"test_{worker}"
        databases.migrated_database(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        empty = databases.Emptying()
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield
        connection.close()


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Give each test its own folder for stores, uploads, keys and keepers, and its worker its own cache."""
    settings.VAR = tmp_path
    settings.WHITENOISE_AUTOREFRESH = True  # each test client would list all static files anew
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.KEEPERS_FILE = tmp_path / "keepers.json"
    settings.SUPERVISOR_FILE = tmp_path / "supervisor.json"
    settings.LEDGER_KEY_FILE = tmp_path / "ledger-key"
    if settings.REDIS_URL:
        # Tests that run side by side: one that empties its cache must not forget the other's failed sign-ins.
        number = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        own = urlsplit(settings.REDIS_URL)._replace(path=f"/{number}").geturl()
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": own}}
    stores = {**settings.STORAGES}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    for name in ("default", "sealed", "opened"):
        options = stores[name]["OPTIONS"]
        # In a bucket, a folder for each worker: what one lists is not what another stores meanwhile.
        own = f"{worker}/{options['location']}" if settings.S3_BUCKET else str(tmp_path / name)
        stores[name] = {**stores[name], "OPTIONS": {**options, "location": own}}
    settings.STORAGES = stores


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[datetime], None]:
    """Set the project's one clock: `at(datetime(…, tzinfo=UTC))`; it goes on from there."""
    file = tmp_path / "clock-offset"
    monkeypatch.setenv("TEST_CLOCK", "1")
    monkeypatch.setenv("CLOCK_OFFSET_FILE", str(file))

    def move(instant: datetime) -> None:
        file.write_text(str((instant - datetime.now(UTC)).total_seconds()))  # noqa: TID251

    return move


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Any:
    """Run what was to happen after the commit, and count it."""

    @contextmanager
    def watch(*, execute: bool = True) -> Iterator[list[Any]]:
        with django_capture_on_commit_callbacks(execute=execute) as callbacks:
            yield callbacks

    return watch


@dataclass
class Cast:
    """One person per role, named by role; each value is an `Actor` at that person's desk."""

    purchaser: Any
    agency: Any
    supplier_a: Any
    supplier_b: Any
    supplier_c: Any
    experts: list[Any]
    supervisor: Any
    outsider: Any


@pytest.fixture
def cast(db: Any) -> Cast:
    """Give the whole cast: verified organisations with one member each, seven experts, an outsider."""
    from tests.scenes import scene

    return scene("cast", new_cast)


def new_cast() -> Cast:
    """Give the whole cast, built anew: to begin a scene with."""
    from tests.factories import parties as make

    return Cast(
        purchaser=make.desk("purchaser", "杭州市示例中学", "330100"),
        agency=make.desk("agency", "浙江示例招标代理有限公司", "330100"),
        supplier_a=make.desk("supplier", "甲方示例科技有限公司", "330100"),
        supplier_b=make.desk("supplier", "乙方示例科技有限公司", "330200"),
        supplier_c=make.desk("supplier", "丙方示例科技有限公司", "330300"),
        experts=[make.expert(n) for n in range(1, 8)],
        supervisor=make.desk("supervisor", "杭州市财政局（示例）", "330100"),
        outsider=make.desk("supplier", "丁方示例商贸有限公司", "330400"),
    )


@pytest.fixture
def signed_in(client: Any) -> Callable[[Any], Any]:
    """Give Django's test client signed in as an actor of the cast."""
    from parties.models import Membership, User

    def enter(actor: Any) -> Any:
        client.force_login(
            User.objects.get(pk=actor.user_id), backend="django.contrib.auth.backends.ModelBackend"
        )
        desk = Membership.objects.filter(user_id=actor.user_id, organisation_id=actor.org_id).first()
        if desk is not None:
            session = client.session
            session["desk"] = str(desk.pk)
            session.save()
        return client

    return enter
