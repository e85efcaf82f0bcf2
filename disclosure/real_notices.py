"""Seven notices of other systems, as data: what real notices look like beside ours. For the demonstration."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from core.errors import gettext_noop
from core.money import Yuan

FILE = Path(__file__).parent / "data" / "real_notices.json"
WORDS = (
    gettext_noop("Facts of the notice"),
    gettext_noop("Project"),
    gettext_noop("First notice"),
    gettext_noop("What is corrected"),
    gettext_noop("Content"),
    gettext_noop("Reason"),
    gettext_noop("Scope"),
    gettext_noop("Expected"),
    gettext_noop("Signed"),
    gettext_noop("Reserved for small and medium-sized enterprises"),
    gettext_noop("real"),
    gettext_noop("looks real, not confirmed at its source"),
    gettext_noop("real title and address only"),
    gettext_noop("real number and address only"),
    gettext_noop("form real, content not confirmed"),
)
"""Labels and provenances that the file uses, for translation."""


def rows() -> list[dict[str, Any]]:
    """Give the arguments of `services.import_external` for each, but for the actor."""
    found = []
    for row in json.loads(FILE.read_text("utf-8")):
        for name in ("published_at", "due_at"):
            if row.get(name):
                row[name] = datetime.fromisoformat(row[name])
        if row.get("amount"):
            row["amount"] = Yuan(row["amount"])
        found.append(row)
    return found
