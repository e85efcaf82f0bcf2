"""What only one may do happens once, however many ask at the same instant."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from core.errors import Refused
from evaluation.models import Panel, Report, Score
from evaluation.services import panels, reporting, scoring
from evaluation.states import PanelStatus
from realtime.models import Event
from tests.factories import evaluation as evaluate

pytestmark = pytest.mark.django_db(transaction=True)


def together(acts: list[Callable[[], Any]]) -> list[str]:
    """Run acts at once, each on its own connection; give "done" or the code of the refusal."""

    def run(act: Callable[[], Any]) -> str:
        try:
            act()
        except Refused as refused:
            return refused.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_hosts_who_draw_at_once_form_one_panel(cast, at):
    made = evaluate.opened(cast, at)

    def act() -> Any:
        return panels.draw(
            actor=cast.purchaser, tender_id=made.tender.id, representative_id=cast.purchaser.user_id
        )

    assert together([act, act, act]) == ["done", "panel-exists", "panel-exists"]
    assert Panel.objects.count() == 1


def test_members_who_submit_at_once_reveal_once(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    for member in made.members:
        made.score(member, {"S1": "41", "O1": "18"})
    actors = [made.actor(member) for member in made.members]
    acts = [lambda actor=actor: scoring.submit_sheet(actor=actor, panel_id=made.panel_id) for actor in actors]
    assert together(acts) == ["done"] * 5
    assert made.panel.status == PanelStatus.SCORED
    assert Event.objects.filter(type="agenda.scored").count() == 1


def test_one_cell_saved_many_times_at_once_is_one_score(cast, at):
    made = evaluate.reached(cast, at, "scoring")
    actor = made.actor(made.members[1])

    def save(value: str) -> Callable[[], Any]:
        return lambda: scoring.save_score(
            actor=actor, panel_id=made.panel_id, bid_id=made.bids[0].pk, criterion="O1", value=value
        )

    assert together([save(str(n)) for n in range(6)]) == ["done"] * 6
    assert Score.objects.count() == 1
    progress = Event.objects.filter(type="sheet.progress").order_by("seq").values_list("seq", flat=True)
    assert list(progress) == list(range(min(progress), min(progress) + 6))


def test_two_hosts_who_make_the_report_at_once_make_one(cast, at):
    made = evaluate.reached(cast, at, "scored")

    def act() -> Any:
        return reporting.make(actor=cast.purchaser, panel_id=made.panel_id)

    assert together([act, act]) == ["done", "wrong-state"]
    assert Report.objects.count() == 1
