"""The demonstration's mail, readable in the browser: nobody else receives it."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

SHOWN = 100


def _messages() -> list[dict[str, str]]:
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", settings.VAR / "mail"))
    found: list[dict[str, str]] = []
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for file in files[:SHOWN]:
        for raw in reversed(file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")):
            if not raw.strip():
                continue
            message = email.message_from_bytes(raw, policy=email.policy.default)
            body = message.get_body(preferencelist=("plain",))
            found.append(
                {
                    "to": str(message["To"] or ""),
                    "subject": str(message["Subject"] or ""),
                    "date": str(message["Date"] or ""),
                    "body": body.get_content() if body else "",
                }
            )
    return found[:SHOWN]


def mail(request: HttpRequest) -> HttpResponse:
    """List the newest messages; `?to=` narrows to one address."""
    to = request.GET.get("to", "")
    rows = [row for row in _messages() if not to or to in row["to"]]
    return render(request, "demo_mail.html", {"messages_sent": rows, "to": to})
