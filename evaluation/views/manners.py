"""How the edge of evaluation reads requests and answers people and programs."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound, Refused
from core.http import said, said_of_fields, see_other, wants_json
from evaluation import blind
from parties.access import Request

LONGEST_JSON = 64 * 1024
SHOWN = frozenset({403, 409, 422})
View = Callable[..., Any]


to = see_other


def uuid_of(request: Request, name: str) -> uuid.UUID:
    """Read an id from a form; raises NotFound for anything else."""
    try:
        return uuid.UUID(request.POST.get(name, ""))
    except ValueError:
        raise NotFound() from None


def json_of(request: Request) -> dict[str, Any]:
    """Read a posted JSON object; raises Invalid for anything else, or one that is too long."""
    try:
        said = json.loads(request.read(LONGEST_JSON))
    except ValueError:
        raise Invalid() from None
    if not isinstance(said, dict):
        raise Invalid()
    return said


def bid_of(request: Request, panel_id: uuid.UUID) -> uuid.UUID:
    """Read which bid a form of the room is about; raises NotFound for anything that is no id."""
    return blind.named(panel_id, uuid_of(request, "bid"), request.actor.user_id)


def for_programs(request: Request) -> bool:
    """Tell whether JSON was asked for, by the Accept header or `?format=json`."""
    return wants_json(request) or request.GET.get("format") == "json"


def back_to(name: str, ids_of_page: int = 1) -> Callable[[View], View]:
    """Tell a person on the page they came from why an act was refused; programs get problem details.

    What was entered is saved already or stays in the room; the page at `name` takes as many of the view's first arguments.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: Request, **ids: uuid.UUID) -> Any:
            try:
                return view(request, **ids)
            except Refused as error:
                if error.status not in SHOWN or for_programs(request) or request.headers.get("HX-Request"):
                    raise
                messages.warning(request, words(error))
                return to(name, *list(ids.values())[:ids_of_page])

        return wrapped

    return decorate


def words(error: Refused) -> str:
    """Give a refusal as one text for a person: what it is, why, and what is wrong with each field."""
    parts = [_(error.title), said(error), *said_of_fields(error).values()]
    return " ".join(part if part.endswith((".", "。")) else f"{part}." for part in parts if part)
