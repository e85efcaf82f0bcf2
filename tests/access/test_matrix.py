"""Nobody reaches an address that is not theirs, and no address is without a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from parties.models import Expert, Membership, User
from tests.access.matrix import ROLES, Row, made, rows
from tests.conftest import new_cast
from tests.factories import parties as make
from tests.factories.evaluation import SPRING
from tests.scenes import scene

ALL = rows()


def addresses(resolver: Any = None, space: str = "") -> Iterator[tuple[str, str]]:
    """Give every address as (name with namespace, pattern)."""
    for part in (resolver or get_resolver()).url_patterns:
        if isinstance(part, URLPattern):
            yield (f"{space}{part.name or '(no name)'}", str(part.pattern))
        else:
            inner = f"{space}{part.namespace}:" if part.namespace else space
            yield from addresses(part, inner)


def covered(name: str) -> bool:
    """Tell whether some row speaks about this address."""
    spaces = tuple(row.name[:-1] for row in ALL if row.name.endswith("*"))
    return any(row.name == name for row in ALL) or (bool(spaces) and name.startswith(spaces))


@pytest.mark.requirement("S003-52")
def test_every_address_has_a_row() -> None:
    bare = sorted({name for name, _ in addresses() if not covered(name)})
    assert not bare, f"add rows to tests/access/rows_<package>.py for: {', '.join(bare)}"


def test_every_row_speaks_about_an_address() -> None:
    names = {name for name, _ in addresses()}
    stale = [row.name for row in ALL if not row.name.endswith("*") and row.name not in names]
    assert not stale


def begin() -> tuple[Any, dict[str, str]]:
    """Give the cast, and one session for each role: its key, empty for the public."""
    cast = new_cast()
    Expert.objects.update(admitted_at=SPRING)  # rooms are made in the past
    actors = {
        "purchaser": cast.purchaser,
        "agency": cast.agency,
        "supplier": cast.supplier_a,
        "expert": cast.experts[0],
        "supervisor": cast.supervisor,
        "outsider_supplier": cast.outsider,
        "outsider_supervisor": make.desk("supervisor", "济南市财政局（示例）", "370100"),
        "operator": make.operator(),
    }
    return cast, {role: sign_in(actors[role].user_id) if role in actors else "" for role in ROLES}


def sign_in(user_id: Any) -> str:
    client = Client()
    client.force_login(User.objects.get(pk=user_id), backend="django.contrib.auth.backends.ModelBackend")
    desk = Membership.objects.filter(user_id=user_id).first()
    session = client.session
    if desk is not None:
        session["desk"] = str(desk.pk)
        session.save()
    return str(session.session_key)


def come_in(session: str) -> Client:
    client = Client()
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client


def ask(client: Client, row: Row, path: str, data: dict[str, Any], headers: dict[str, str]) -> Any:
    if row.json:
        kind = "application/json"
        return client.generic(row.method.upper(), path, data=_json(data), content_type=kind, headers=headers)
    return getattr(client, row.method)(path, data, headers=headers)


def _json(data: dict[str, Any]) -> str:
    import json

    return json.dumps(data, default=str)


def _undone() -> transaction.Atomic:
    """Give a savepoint in which durable blocks are allowed, as in the transaction of the test itself."""
    block = transaction.Atomic(using=None, savepoint=True, durable=False)
    block._from_testcase = True
    return block


def leads_to_sign_in(response: Any) -> bool:
    return response.status_code in {301, 302, 303} and response["Location"].startswith(
        reverse(settings.LOGIN_URL)
    )


def let_in(response: Any, row: Row) -> bool:
    code = response.status_code
    return (code < 400 and not leads_to_sign_in(response) and code not in row.refused) or code in row.accepts


def turned_away(response: Any, row: Row, role: str) -> bool:
    code = response.status_code
    if code in row.refused or leads_to_sign_in(response):
        return True
    return code == 401 if role == "public" else code == 404


def groups() -> dict[str, list[Row]]:
    """Give the rows in groups that share what is made for them: the cast, one object, one session per role."""
    found: dict[str, list[Row]] = {}
    makers: dict[int, str] = {}
    for row in ALL:
        numbered = f"object {len(makers)}"
        shared = row.kwargs if isinstance(row.kwargs, str) else ""
        if row.kwargs and not shared:
            shared = makers.setdefault(id(row.kwargs), numbered)
        package = row.name.partition(":")[0]
        found.setdefault(shared or f"{package} without an object", []).append(row)
    return found


@pytest.mark.requirement("S003-51", "S003-52")
@pytest.mark.parametrize("group", groups().values(), ids=groups().keys())
def test_only_those_named_reach(group: list[Row], db: Any) -> None:
    cast, sessions = scene("the cast signed in", begin)
    kwargs = made(group[0].kwargs, cast)
    clients = {role: come_in(key) for role, key in sessions.items()}
    wrong = []
    for row in group:
        path = row.path or reverse(row.name, kwargs=kwargs)
        for role, client in clients.items():
            cache.clear()
            cookies = client.cookies.output()
            with _undone():
                allowed = role in row.allowed
                # A refusal is the same status for a reader and for a program; for a program no page is drawn.
                reader = {"accept": "text/html" if allowed or row.refused else "application/json"}
                response = ask(client, row, path, made(row.data, cast), reader)
                good = let_in(response, row) if allowed else turned_away(response, row, role)
                transaction.set_rollback(True)
            if client.cookies.output() != cookies:  # whatever it did to the session is undone with it
                clients[role] = come_in(sessions[role])
            if not good:
                meant = "allowed" if allowed else "refused"
                where = response.get("Location", "")
                wrong.append(f"{row.label} {path}: {role} ({meant}): {response.status_code} {where}")
    assert not wrong, "\n".join(wrong)
