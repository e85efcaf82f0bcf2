"""Scripts of web workers: a worker has the policy of its own response, and none at all if that has none."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

from core.errors import Invalid, gettext_noop
from core.templatetags.ui import asset


def worker_script(logical: str, policy: str) -> HttpResponse:
    """Serve a built worker's script under a content security policy of its own. Raises Invalid before the first build."""
    built = asset(logical)
    if built is None:
        raise Invalid(gettext_noop("The front end has not been built."))
    text = (settings.BASE_DIR / "config" / "static" / "build" / built["file"]).read_bytes()
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Content-Security-Policy"] = policy
    response._csp_exempt = True  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-cache"
    return response
