"""How pages are shown: large type and the short way, as a person's account says, or a visitor's cookie."""

from __future__ import annotations

from django.http import HttpRequest

from parties.views.desk import COOKIE


def display(request: HttpRequest) -> dict[str, bool]:
    """Tell templates whether this page is for the elder mode."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return {"elder": user.large_type}
    return {"elder": request.COOKIES.get(COOKIE) == "1"}
