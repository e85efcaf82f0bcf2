"""Ask for a challenge to sign; the signed act itself goes to its own address."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from core.errors import Invalid, gettext_noop
from parties.access import Request
from parties.services import signing


@require_POST
def begin(request: Request) -> HttpResponse:
    """Answer `{"payload_hash": hex, "purpose": text}` with options for `navigator.credentials.get`."""
    user_id = request.actor.require_user()
    asked = _read(request.body)
    return JsonResponse(signing.begin(user_id, asked["payload_hash"], asked["purpose"]))


def _read(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
        return {"payload_hash": bytes.fromhex(given["payload_hash"]), "purpose": str(given["purpose"])}
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(gettext_noop("There is nothing here that can be signed.")) from error
