"""A panel is drawn at random, large enough, odd, and without anybody tied to a party."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import clock
from core.audit.models import Entry
from core.canonical import canonical
from core.errors import Invalid, NotFound, WrongState
from core.ledger import selectors as log_selectors
from core.ledger import services as ledger
from core.ledger import tlog
from core.ledger.models import Entry as LogEntry
from evaluation import draws
from evaluation.models import Member, Panel
from evaluation.scoring.committee import experts_needed
from evaluation.services import drawing, panels, seats
from parties.models import Employment, Expert, InboxItem, Membership
from parties.services import inbox
from realtime.models import Event
from tendering import selectors as tendering
from tests.factories import evaluation as evaluate
from tests.factories import parties
from tests.factories import tendering as make

pytestmark = pytest.mark.django_db


def draw(made: Any, representative: Any, actor: Any = None) -> Panel:
    return panels.draw(
        actor=actor or made.host, tender_id=made.tender.id, representative_id=representative.user_id
    )


@pytest.mark.parametrize(("amount", "size"), [("1200000.00", 5), ("9999999.99", 5), ("10000000.00", 7)])
def test_a_panel_is_as_large_as_the_budget_asks_odd_and_two_thirds_experts(cast, at, amount, size):
    cast.experts.append(parties.expert(8))
    made = evaluate.opened(cast, at, filed=make.plan(cast.purchaser, amount))
    panel = draw(made, cast.purchaser)
    members = list(panel.members.all())
    assert (panel.size, len(members), len(members) % 2) == (size, size, 1)
    experts = [one for one in members if one.kind == Member.EXPERT]
    assert len(experts) == panel.experts >= experts_needed(tendering.law_of(made.tender.id), size)
    assert [one.kind for one in members].count(Member.REPRESENTATIVE) == 1
    assert InboxItem.objects.filter(key__startswith=f"room.{panel.pk}.declare.").count() == size


@pytest.mark.parametrize("tie", ["works there", "worked there", "at its desk now", "of the purchaser"])
def test_an_expert_tied_to_a_party_is_never_drawn(cast, at, tie):
    tied = cast.experts[2]
    if tie == "at its desk now":
        Membership.objects.create(
            user_id=tied.user_id, organisation_id=cast.supplier_b.org_id, since=clock.now(), role="handler"
        )
    elif tie == "worked there":
        year = timedelta(days=365)
        evaluate.tie(
            tied, cast.supplier_b, since=(clock.now() - 4 * year).date(), until=(clock.now() - year).date()
        )
    else:
        evaluate.tie(tied, cast.supplier_b if tie == "works there" else cast.purchaser)
    made = evaluate.opened(cast, at)
    panel = draw(made, cast.purchaser)
    number = Expert.objects.get(user_id=tied.user_id).number
    assert number not in panel.draw["rounds"][0]["pool"]
    assert len(panel.draw["rounds"][0]["pool"]) == 6
    assert not panel.members.filter(user_id=tied.user_id).exists()


def test_a_tie_that_ended_before_the_look_back_does_not_count(cast, at):
    day = clock.now().date()
    evaluate.tie(
        cast.experts[2], cast.supplier_b, since=day - timedelta(days=3000), until=day - timedelta(days=1200)
    )
    made = evaluate.opened(cast, at)
    assert len(draw(made, cast.purchaser).draw["rounds"][0]["pool"]) == 7


@pytest.mark.parametrize("tie", ["none", "desk", "employment"])
def test_a_representative_tied_to_a_bidder_is_refused_and_nothing_is_written(cast, at, tie):
    person = parties.member(parties.Organisation.objects.get(pk=cast.purchaser.org_id), "采购人代表")
    if tie == "desk":
        Membership.objects.create(
            user_id=person.user_id, organisation_id=cast.supplier_a.org_id, since=clock.now(), role="viewer"
        )
    if tie == "employment":
        Expert.objects.create(user_id=person.user_id, number="X1", region="330000", specialties=["B"])
        evaluate.tie(person, cast.supplier_a)
    made = evaluate.opened(cast, at)
    before = (
        Entry.objects.count(),
        Event.objects.count(),
        InboxItem.objects.count(),
        LogEntry.objects.count(),
    )
    if tie == "none":
        assert draw(made, person).members.get(kind="representative").user_id == person.user_id
        return
    with pytest.raises(panels.ConflictOfInterest) as refused:
        draw(made, person)
    assert (refused.value.code, refused.value.status, refused.value.rule) == (
        "conflict-of-interest",
        409,
        "L-29",
    )
    assert (Panel.objects.count(), Member.objects.count()) == (0, 0)
    assert before == (
        Entry.objects.count(),
        Event.objects.count(),
        InboxItem.objects.count(),
        LogEntry.objects.count(),
    )


def test_anybody_with_the_seed_repeats_the_draw(cast, at, tmp_path):
    """By hand from the host's page, and with codes for names from a copy of the log alone."""
    made = evaluate.opened(cast, at)
    panel = draw(made, cast.purchaser)
    kept, first = panel.draw, panel.draw["rounds"][0]

    def sha256(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    codes = {sha256(f"{kept['salt']}:{number}")[:32]: number for number in first["pool"]}
    seed = sha256(f"{kept['seed']}:{kept['root']}")
    order = sorted(codes, key=lambda code: sha256(f"{seed}:{code}"))
    assert (first["seed"], [codes[one] for one in order[: panel.experts]]) == (seed, first["drawn"])
    numbers = Member.objects.filter(panel=panel, kind="expert").values_list("expert__number", flat=True)
    assert sorted(numbers) == sorted(first["drawn"])

    panel.refresh_from_db()
    made.panel_id = panel.pk
    expert = made.members[1]
    seats.recuse(actor=made.actor(expert), panel_id=panel.pk, reason="回避")
    ledger.publish_checkpoint()
    log, tender = copied(tmp_path), str(made.tender.id)
    call_command("check_draw", str(tmp_path), tender, "--key", ledger.log_vkey())
    assert draws.problems(log, tender) == []
    text = b"".join(log).decode()
    assert not any(number in text for number in first["pool"]), "the log names nobody"
    assert kept["salt"] not in text

    drawn, again = (row for row in map(json.loads, log) if row.get("tender") == tender and "draw" in row)
    at_ = log.index(canonical(drawn))
    for change, problem in (
        ({"seed": "00"}, "the seed is not the one committed to"),
        ({"pool": drawn["draw"]["pool"][1:]}, "the pool is not the one fixed"),
        ({"root": "00"}, "the root is not that of the checkpoint"),
        ({"size": drawn["draw"]["index"]}, "the checkpoint is not between pool and draw"),
        ({"drawn": drawn["draw"]["drawn"][::-1]}, "other experts follow from the seed"),
        ({"struck": drawn["draw"]["drawn"][:1]}, "other experts follow from the seed"),
    ):
        lied = [*log[:at_], canonical({**drawn, "draw": {**drawn["draw"], **change}}), *log[at_ + 1 :]]
        assert f"entry {at_}: {problem}" in draws.problems(lied, tender)
    assert draws.problems([*log, canonical(drawn)], tender) == [f"entry {len(log)}: drawn a second time"]
    pool_only = log[: drawn["draw"]["index"] + 1]
    assert draws.problems(pool_only, tender)[-1].endswith("this pool was never drawn from")
    assert again["draw"]["turn"] == 2
    with pytest.raises(CommandError, match="no draw"):
        call_command("check_draw", str(tmp_path), str(panel.pk), "--key", ledger.log_vkey())


def copied(folder: Path) -> list[bytes]:
    """Copy the public log, as anybody may; gives its entries."""
    checkpoint = log_selectors.newest_checkpoint()
    paths = {"checkpoint": checkpoint.note.encode()}
    tiles = [*tlog.tiles_of(checkpoint.size), *tlog.bundles_of(0, checkpoint.size)]
    paths |= {f"tile/{tile.path}": log_selectors.published_tile(tile.path) for tile in tiles}
    for name, content in paths.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return [bytes(content) for _, content, _ in log_selectors.entries(0, checkpoint.size)]


def test_a_draw_that_was_begun_is_finished_with_its_seed_and_never_begun_anew(cast, at):
    made = evaluate.opened(cast, at)
    given = {"actor": made.host, "tender_id": made.tender.id}
    with pytest.raises(NotFound):
        panels.draw_fixed(**given)
    begun = panels.fix_pool(representative_id=cast.purchaser.user_id, **given)
    with pytest.raises(drawing.NotDrawnYet):
        panels.draw_fixed(**given)
    assert Panel.objects.count() == 0
    assert panels.fix_pool(representative_id=cast.purchaser.user_id, **given).pk == begun.pk
    late = next(one for one in cast.experts if Expert.objects.get(user_id=one.user_id).number in begun.pool)
    evaluate.tie(late, cast.supplier_a)
    kept = draw(made, cast.purchaser).draw
    assert (kept["seed"], kept["rounds"][0]["pool"]) == (begun.seed, begun.pool)
    assert kept["rounds"][0]["struck"] == [Expert.objects.get(user_id=late.user_id).number]


def test_every_draw_is_another_one(cast, at):
    seeds = {draw(evaluate.opened(cast, at), cast.purchaser).draw["seed"] for _ in range(3)}
    assert len(seeds) == 3


def test_too_few_experts_without_ties_make_no_panel(cast, at):
    for expert in cast.experts[:4]:
        evaluate.tie(expert, cast.supplier_a)
    made = evaluate.opened(cast, at)
    with pytest.raises(panels.TooFewExperts) as refused:
        draw(made, cast.purchaser)
    assert refused.value.facts == {"needed": 4, "found": 3}
    assert Panel.objects.count() == 0


def test_a_panel_is_drawn_once_after_the_opening_and_by_the_host_alone(cast, at):
    early = make.published(cast.purchaser)
    with pytest.raises(WrongState):
        panels.draw(actor=cast.purchaser, tender_id=early.id, representative_id=cast.purchaser.user_id)
    made = evaluate.opened(cast, at)
    with pytest.raises(NotFound):
        draw(made, cast.purchaser, actor=cast.supplier_a)
    with pytest.raises(Invalid):
        draw(made, cast.outsider)
    inbox.assign(key=f"tender.{made.tender.id}.panel", title="x", url="/", user_id=cast.purchaser.user_id)
    draw(made, cast.purchaser)
    assert InboxItem.objects.get(key=f"tender.{made.tender.id}.panel").done_at is not None
    with pytest.raises(panels.PanelExists):
        draw(made, cast.purchaser)
    assert Panel.objects.count() == 1
    assert Employment.objects.count() == 0


def test_the_host_draws_on_the_page_and_sees_how_it_was_drawn(cast, at):
    made = evaluate.opened(cast, at)
    browser = evaluate.client_of(cast.purchaser)
    path = f"/tenders/{made.tender.id}/panel/"
    before = browser.get(path, headers={"accept": "application/json"}).json()
    assert (before["panel"], before["size"], before["pool"]) == (None, 5, 7)
    assert browser.post(path, {"representative": before["representatives"][0]["user"]}).status_code == 303
    after = browser.get(f"{path}?format=json").json()
    page = browser.get(path).content.decode()
    assert after["draw"]["seed"] in page
    assert after["hash"][:4] in page
    assert browser.get(after["room"]).status_code == 200
    again = browser.post(path, {"representative": before["representatives"][0]["user"]}, follow=True)
    assert (again.status_code, again.redirect_chain[0][1]) == (200, 303)
    assert Panel.objects.count() == 1
    refused = browser.post(
        path,
        {"representative": before["representatives"][0]["user"]},
        headers={"accept": "application/json"},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "panel-exists")
