"""The public API: OpenAPI 3 at /api/v1/openapi.json, browsable at /api/v1/docs."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import ValidationError

from core.errors import Invalid, gettext_noop
from core.http import problem

api = NinjaAPI(
    title="Mingcai 明采", version="1", urls_namespace="api", docs_url="docs", openapi_url="openapi.json"
)

for package in ("disclosure", "oversight"):
    if find_spec(f"{package}.api"):
        api.add_router("", import_module(f"{package}.api").router)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Render a wrong parameter as problem details that name it."""
    fields = {".".join(str(part) for part in row["loc"][1:]): row["msg"] for row in error.errors}
    refused = Invalid(gettext_noop("A parameter of the request cannot be used."), errors=fields)
    return JsonResponse(problem(refused), status=422, content_type="application/problem+json")


@api.get("/tools/deadline", tags=["tools"], summary="The last day of a statutory period")
def deadline(
    request: HttpRequest,
    start: date,
    count: int,
    unit: Literal["workday", "day"] = "workday",
    roll: bool = True,
) -> dict[str, object]:
    """Count `count` working days or calendar days from `start`, which is not counted.

    `roll` moves a last day that is no working day to the next one. `provisional` is true when the answer reaches into a
    year whose holidays the State Council has not yet announced.
    """
    from core.enacted.selectors import calendar
    from core.law.deadlines import deadline as count_days

    if not 0 <= count <= 3660:
        raise Invalid(
            gettext_noop("The count must be between 0 and 3660."), errors={"count": gettext_noop("0 to 3660")}
        )
    return dict(count_days(start, count, unit, roll, calendar()))
