"""Is it alive, is it ready."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from bidding.sealing.errors import SealingError
from bidding.sealing.objects import Keeper
from bidding.services.keeperwatch import canary_of
from core import clock
from core.ledger import wire
from tendering.services.policy import configured_keepers

log = logging.getLogger(__name__)
KEEPER_SECONDS = LAYER_SECONDS = 2.0


def ready_file() -> bool:
    """Tell whether a demonstration has finished setting itself up; always true elsewhere."""
    return not settings.DEMONSTRATION or settings.TESTING or (settings.VAR / "demo-ready").exists()


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process serves (in a demonstration: once its data exists)."""
    if not ready_file():
        return JsonResponse({"status": "starting"}, status=503)
    return JsonResponse({"status": "ok"})


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _layer() -> None:
    layer = get_channel_layer()

    async def there_and_back() -> None:
        async with asyncio.timeout(LAYER_SECONDS):
            channel = await layer.new_channel("ready")
            await layer.send(channel, {"type": "ready"})
            await layer.receive(channel)

    async_to_sync(there_and_back)()


def _store() -> None:
    store = storages["sealed"]
    name = store.save(f"ready/{uuid.uuid4().hex}", ContentFile(b"ready"))
    store.delete(name)


def keepers() -> list[dict[str, Any]]:
    """Give the configured keepers."""
    try:
        rows: list[dict[str, Any]] = json.loads(settings.KEEPERS_FILE.read_text())
    except FileNotFoundError:
        return []
    return rows


def _keepers() -> None:
    rows = keepers()
    alive = 0
    with wire.client(KEEPER_SECONDS) as http:
        for row in rows:
            try:
                alive += http.get(f"{row['url']}/healthz").status_code == 200
            except httpx.HTTPError:
                log.warning("keeper %s does not answer", row.get("id"))
    if alive < settings.KEEPERS_NEEDED:
        raise RuntimeError(f"{alive} of {len(rows)} keepers answer, {settings.KEEPERS_NEEDED} are needed")


def canaries() -> dict[str, str]:
    """Tell of each keeper whether it has proved within the week that it holds its key; says nothing of readiness."""
    now = clock.now()
    try:
        return {str(row["id"]): canary_of(Keeper.from_json(row), now) for row in configured_keepers()}
    except (KeyError, ValueError, TypeError, SealingError):
        log.warning("the keepers' file cannot be read")
        return {}


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if database, channel layer, store and enough keepers can be reached; else 503 and say what cannot."""
    checks: dict[str, Callable[[], None]] = {
        "database": _database,
        "channel_layer": _layer,
        "store": _store,
        "keepers": _keepers,
    }
    result: dict[str, str] = {}
    for name, check in checks.items():
        try:
            check()
        except Exception as error:  # noqa: BLE001 - the answer is what could not be reached
            log.warning("not ready: %s: %r", name, error)
            result[name] = f"failed: {type(error).__name__}"
        else:
            result[name] = "ok"
    good = all(value == "ok" for value in result.values())
    return JsonResponse(
        {
            "ready": good,
            "checks": result,
            "independent_keepers": settings.INDEPENDENT_KEEPERS,
            "canaries": canaries(),
        },
        status=200 if good else 503,
    )
