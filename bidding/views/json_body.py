"""Read a JSON request body."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from core.errors import Invalid, gettext_noop

MAX_BYTES = 1024 * 1024
REKEY_BYTES = 2 * MAX_BYTES  # all parts of a draft at once; Django itself takes 2.5 MB


def read(request: HttpRequest, most: int = MAX_BYTES) -> dict[str, Any]:
    """Give the object in the body; raises Invalid for anything else, or for more than `most` bytes."""
    if len(request.body) > most:
        raise Invalid(gettext_noop("The request is too large."))
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Invalid(gettext_noop("The request is not JSON.")) from None
    if not isinstance(value, dict):
        raise Invalid(gettext_noop("The request must be a JSON object."))
    return value
