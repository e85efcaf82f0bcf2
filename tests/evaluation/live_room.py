"""Make a database with one tender being scored, for a server that a test starts and kills.

`python -m tests.evaluation.live_room OUT.json [STATUS]`, with MINGCAI_VAR, TEST_CLOCK and CLOCK_OFFSET_FILE set, writes the room,
its cells, and sessions of two members, the host, a bidder and the supervisor.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def cite(made: Any) -> None:
    """Every bid attaches a PDF of two pages, whose words are known to the search, and cites its second page."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    from bidding.models import OpenedBid, OpenedFile
    from bidding.services import texts
    from tests.factories.papers import pdf

    for row in OpenedBid.objects.all():
        row.sheet["responses"] = [{"criterion": "S1", "response": "plan.pdf p. 2", "files": ["plan.pdf"]}]
        row.save(update_fields=["sheet"])
        stored = storages["opened"].save(
            f"{row.bid_id}/0", ContentFile(pdf("The first page", "Help in four hours"))
        )
        OpenedFile.objects.filter(bid=row).update(name="plan.pdf", stored_as=stored, size=900)
        texts.read(made.tender.id)


def main(out: str, status: str = "scoring") -> None:
    import django
    from django.conf import settings

    from tests.databases import migrated_file

    migrated_file(Path(os.environ["MINGCAI_VAR"]) / "db.sqlite3")
    django.setup()
    settings.INDEPENDENT_KEEPERS, settings.KEEPERS_NEEDED = True, 2
    from evaluation import selectors
    from tests.factories import evaluation as evaluate
    from tests.factories import parties as make

    settings.PASSKEY_ORIGINS = [evaluate.ORIGIN]

    def at(instant: datetime) -> None:
        offset = (instant - datetime.now(UTC)).total_seconds()  # noqa: TID251
        Path(os.environ["CLOCK_OFFSET_FILE"]).write_text(str(offset))

    at(evaluate.SPRING)
    cast = SimpleNamespace(
        purchaser=make.desk("purchaser", "杭州市示例中学", "330100"),
        supplier_a=make.desk("supplier", "甲方示例科技有限公司", "330100"),
        supplier_b=make.desk("supplier", "乙方示例科技有限公司", "330200"),
        supplier_c=make.desk("supplier", "丙方示例科技有限公司", "330300"),
        experts=[make.expert(n) for n in range(1, 8)],
    )
    made = evaluate.reached(cast, at, status)
    cite(made)
    sessions = [evaluate.client_of(made.actor(one)).cookies["sessionid"].value for one in made.members[1:3]]
    cells = [
        {"bid": str(cell.bid_id), "criterion": cell.criterion.id, "max": f"{cell.criterion.max:f}"}
        for cell in selectors.cells_of(made.panel)
    ]
    room = {"room": str(made.panel_id), "tender": str(made.tender.id), "sessions": sessions, "cells": cells}
    supervisor = make.desk("supervisor", "杭州市财政局（示例）", "330100")
    watching = {"host": cast.purchaser, "bidder": cast.supplier_b, "supervisor": supervisor}
    room |= {name: evaluate.client_of(one).cookies["sessionid"].value for name, one in watching.items()}
    room["member"] = str(made.members[1].pk)
    Path(out).write_text(json.dumps(room))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(*sys.argv[1:])
