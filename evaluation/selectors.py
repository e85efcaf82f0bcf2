"""Reads of evaluations: what the room, the report and the award need."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from bidding.facts import OpenedBidFacts
from core import clock
from core.canonical import digest
from core.errors import NotFound
from core.law.grounds import Ground, grounds
from core.money import rounded_half_up
from core.workdays import beijing_date
from evaluation import prices, rules, subcontracts
from evaluation.models import Award, Member, Panel, Question, Report, Review, Score, Sheet, Talk
from evaluation.scoring.recompute import recompute
from evaluation.scoring.values import carried
from evaluation.states import (
    AFTER_PRICES,
    REVEALED,
    MemberStatus,
    PanelStatus,
    QuestionKind,
    QuestionStatus,
    TalkStatus,
)
from parties.selectors import expert_entries
from tendering import failed_lots
from tendering import selectors as tendering
from tendering.facts import CriterionFacts, TenderFacts
from tendering.methods import method_of
from tendering.states import BY_SCORE, Blind

INVALID_RULE, RECHECK_RULE, BETRAYED = "T-21", "T-23", "identity_shown"


@dataclass(frozen=True)
class Cell:
    """One score that every member gives."""

    bid_id: uuid.UUID
    lot: str
    supplier: str
    criterion: CriterionFacts


def panel_of(tender_id: uuid.UUID) -> Panel | None:
    """Give the panel of a tender that is not dissolved, or None."""
    return Panel.objects.filter(tender_id=tender_id).exclude(status=PanelStatus.DISSOLVED).first()


def is_sealed(panel: Panel) -> bool:
    """Tell whether it may not be seen yet who was drawn for this panel.   Source: 财库〔2016〕198号; 苏财规〔2017〕39号."""
    return panel.names_at is not None and clock.now() < panel.names_at


def judges_what_is_opened(user_id: uuid.UUID, tender_id: uuid.UUID) -> bool:
    """Tell whether a person is an expert of a panel from which the prices of the tender are still kept.

    Source: 财政部令第87号第四十条.
    """
    seats = Member.objects.filter(user_id=user_id, panel__tender_id=tender_id, panel__apart=True)
    kept = seats.exclude(expert=None).exclude(status=MemberStatus.RECUSED)
    return kept.exclude(panel__status__in=[*AFTER_PRICES, PanelStatus.DISSOLVED]).exists()


def shown_name(panel: Panel, member: Member) -> str:
    """Give the name of a member of the panel; empty while it is sealed."""
    return "" if member.expert_id is not None and is_sealed(panel) else member.name


def draw_shown(panel: Panel) -> dict[str, Any]:
    """Give how a panel was drawn: while names are sealed without the salt and the numbers, which would tell them."""
    drawn: dict[str, Any] = panel.draw
    if not is_sealed(panel):
        return drawn
    open_parts = {name: drawn[name] for name in ("index", "size", "root", "seed", "rule", "since")}
    rounds = [
        {
            "seed": one["seed"],
            "pool": len(one["pool"]),
            "struck": len(one["struck"]),
            "drawn": len(one["drawn"]),
        }
        for one in drawn["rounds"]
    ]
    return {**open_parts, "rounds": rounds, "sealed": True}


def conditions(tender: TenderFacts) -> list[CriterionFacts]:
    """Give the conditions that are met or not."""
    return [row for row in tender.criteria if row.kind in {"qualification", "conformity"}]


def grounds_of(tender: TenderFacts, rule: str = INVALID_RULE) -> list[Ground]:
    """Give the lawful grounds of which one is chosen: for an invalid bid, or by another rule's list."""
    found = grounds(rule, tender.method, tender.law_as_of or beijing_date(clock.now()))
    return [one for one in found if one.code != BETRAYED or tender.blind == Blind.STRICT]


def stored_ground(ground: Ground) -> dict[str, str]:
    """Give a ground as a record keeps it."""
    return {
        "rule": ground.rule,
        "code": ground.code,
        "name": ground.name,
        "name_en": ground.name_en,
        "citation": ground.citation,
        "certainty": str(ground.certainty),
    }


def scored_criteria(tender: TenderFacts) -> list[CriterionFacts]:
    """Give the criteria that are scored."""
    return [row for row in tender.criteria if row.kind in {"subjective", "objective"}]


def readable_bids(tender_id: uuid.UUID) -> list[OpenedBidFacts]:
    """Give the bids that were opened; one without a quote only while its price envelope is, or stays, sealed."""
    return [
        bid
        for bid in prices.judged(tender_id)
        if bid.verdict == "opened" and (bid.quote is not None or bid.envelope == "technical")
    ]


def compliance(panel: Panel, tender: TenderFacts) -> dict[uuid.UUID, bool]:
    """Tell of each opened bid whether it meets every condition reviewed, and its bidder stands by its corrected price."""
    return _compliant(panel, readable_bids(tender.id))


def _compliant(panel: Panel, bids: Sequence[OpenedBidFacts]) -> dict[uuid.UUID, bool]:
    failed = set(Review.objects.filter(panel=panel, passed=False).values_list("bid_id", flat=True))
    left = Talk.objects.filter(panel=panel, status=TalkStatus.LEFT).values_list("supplier_id", flat=True)
    gone, failed = set(left), failed | prices.refused(panel)
    return {bid.bid_id: bid.bid_id not in failed and bid.supplier_id not in gone for bid in bids}


def unreviewed(panel: Panel) -> list[tuple[uuid.UUID, str]]:
    """Give the (bid, condition) pairs nobody has reviewed yet."""
    tender = tendering.tender_facts(panel.tender_id)
    done = set(Review.objects.filter(panel=panel).values_list("bid_id", "criterion"))
    return [
        (bid.bid_id, row.id)
        for bid in readable_bids(tender.id)
        for row in conditions(tender)
        if (bid.bid_id, row.id) not in done
    ]


def lots_to_score(panel: Panel, tender: TenderFacts) -> set[str]:
    """Give the lots with enough compliant bids to be evaluated; the others fail without scores.

    Source: 财政部令第87号第四十四条.
    """
    bids = readable_bids(tender.id)
    return _lots_of_enough(tender, bids, _compliant(panel, bids))


def _lots_of_enough(
    tender: TenderFacts, bids: Sequence[OpenedBidFacts], good: Mapping[uuid.UUID, bool]
) -> set[str]:
    fewest, _ = tendering.fewest_suppliers(tender, valid=True)
    bidders: dict[str, set[uuid.UUID]] = defaultdict(set)
    for bid in bids:
        if good[bid.bid_id]:
            bidders[bid.lot].add(bid.supplier_id)
    return {lot for lot, suppliers in bidders.items() if len(suppliers) >= fewest}


def cells_to_score(panel: Panel, tender: TenderFacts) -> list[Cell]:
    """Give the cells of a sheet: every compliant bid of a lot that is evaluated, and every scored criterion."""
    if tender.evaluation_method not in BY_SCORE:
        return []
    good, lots = compliance(panel, tender), lots_to_score(panel, tender)
    return [
        Cell(bid.bid_id, bid.lot, bid.party_name, row)
        for bid in readable_bids(tender.id)
        if good[bid.bid_id] and bid.lot in lots
        for row in scored_criteria(tender)
    ]


def cells_of(panel: Panel) -> list[Cell]:
    """Give the cells of a sheet as they were fixed when scoring opened; none before."""
    return [
        Cell(
            uuid.UUID(row["bid"]),
            row["lot"],
            row["supplier"],
            CriterionFacts(
                row["criterion"], row["name"], row["kind"], Decimal(row["max"]), row["guide"], row.get("rule")
            ),
        )
        for row in Panel.objects.values_list("cells", flat=True).get(pk=panel.pk)
    ]


def stored(cells: list[Cell]) -> list[dict[str, Any]]:
    """Give cells in the form that the panel keeps."""
    return [
        {
            "bid": str(cell.bid_id),
            "lot": cell.lot,
            "supplier": cell.supplier,
            "criterion": cell.criterion.id,
            "name": cell.criterion.name,
            "kind": cell.criterion.kind,
            "max": f"{cell.criterion.max:f}",
            "guide": cell.criterion.guide,
            **({"rule": dict(cell.criterion.rule)} if cell.criterion.rule else {}),
        }
        for cell in cells
    ]


def own_scores(sheet: Sheet) -> dict[tuple[uuid.UUID, str], Score]:
    """Give the scores of one sheet: for its own member alone, until all are submitted."""
    return {(row.bid_id, row.criterion): row for row in sheet.scores.all()}


def sheet_digest(sheet: Sheet) -> str:
    """Give the digest of a sheet's scores and reasons as they stand: what its submission fixes."""
    rows = sorted(sheet.scores.all(), key=lambda row: (str(row.bid_id), row.criterion))
    said = [
        [str(row.bid_id), row.criterion, f"{row.value:f}", row.reason, *([row.found] if row.found else [])]
        for row in rows
    ]
    return digest(said).hex()


def revealed(panel: Panel) -> list[Score]:
    """Give every score of the panel; none before all sheets are submitted, or when the panel was dissolved."""
    if panel.status not in REVEALED:
        return []
    rows = Score.objects.filter(sheet__member__panel=panel).exclude(
        sheet__member__status=MemberStatus.RECUSED
    )
    return list(rows.select_related("sheet__member").order_by("sheet__member__position", "pk"))


def all_scores(panel: Panel) -> dict[str, dict[uuid.UUID, dict[str, Decimal]]]:
    """Give every submitted score by evaluator (E1, E2 … by seat), bid and criterion; empty before the reveal."""
    found: dict[str, dict[uuid.UUID, dict[str, Decimal]]] = {}
    for row in revealed(panel):
        sheet = found.setdefault(f"E{row.sheet.member.position}", defaultdict(dict))
        sheet[row.bid_id][row.criterion] = row.value
    return found


def all_found(panel: Panel) -> dict[str, dict[uuid.UUID, dict[str, str]]]:
    """Give the facts that members found to be others than stated, as `all_scores` gives scores; empty before the reveal."""
    found: dict[str, dict[uuid.UUID, dict[str, str]]] = {}
    for row in revealed(panel):
        if row.found:
            sheet = found.setdefault(f"E{row.sheet.member.position}", defaultdict(dict))
            sheet[row.bid_id][row.criterion] = row.found
    return found


def unproven_of(panel: Panel) -> frozenset[uuid.UUID]:
    """Give the bids whose very low quote the panel found not to be explained."""
    rows = Question.objects.filter(
        panel=panel, kind=QuestionKind.LOW_QUOTE, status=QuestionStatus.DECIDED, accepted=False
    )
    return frozenset(rows.values_list("bid_id", flat=True))


def lots_of(
    panel: Panel, tender: TenderFacts, drawn: Mapping[str, Sequence[str]] | None = None
) -> list[dict[str, Any]]:
    """Give for every lot that was opened its inputs and its recomputed result; `drawn` orders equals by lot."""
    scores, good, unproven = all_scores(panel), compliance(panel, tender), unproven_of(panel)
    found, bids = all_found(panel), readable_bids(tender.id)
    own_count = bool(method_of(tender.method).fewer) or tender.competition is not None
    fewest = tendering.fewest_suppliers(tender, valid=True)[0] if own_count else None
    law = carried(tendering.law_of(tender.id))
    shares = subcontracts.shares_of(tender, bids)
    lots = []
    for lot in tender.lots:
        own = [bid for bid in bids if bid.lot == lot.no]
        if own:
            order = (drawn or {}).get(lot.no, ())
            case = rules.case(
                unproven=unproven,
                tender=tender,
                lot=lot,
                bids=[bid for bid in own if bid.quote is not None],
                compliant=good,
                scores=scores,
                drawn=order,
                fewest=fewest,
                law=law,
                subcontracted=shares,
                found=found,
            )
            names = {str(bid.bid_id): bid.party_name for bid in own}
            lots.append({"lot": lot.no, "case": case, "result": recompute(case), "names": names})
    return lots


def differing(panel: Panel) -> set[tuple[uuid.UUID, str]]:
    """Give the cells of objective criteria on which the members differ; none before the reveal."""
    given: dict[tuple[uuid.UUID, str], set[Decimal]] = defaultdict(set)
    facts = {cell.criterion.id for cell in cells_of(panel) if cell.criterion.kind == "objective"}
    for row in revealed(panel):
        if row.criterion in facts:
            given[row.bid_id, row.criterion].add(row.value)
    return {cell for cell, values in given.items() if len(values) > 1}


def candidates(report: Report) -> dict[str, str]:
    """Give, for each lot that has one, the bid that stands first.

    A bid whose award was set aside stands no more: the next in order does.   Source: 《政府采购法实施条例》第四十九条.
    """
    void = Award.objects.filter(panel_id=report.panel_id, void_at__isnull=False)
    out = {str(bid) for bid in void.values_list("bid_id", flat=True)}
    found = {}
    for lot in report.body["lots"]:
        left = [row["id"] for row in lot["result"]["ranking"] if row["id"] not in out]
        if lot["result"]["failed"] is None and left:
            found[lot["lot"]] = left[0]
    return found


def admitted(report: Report, only: str = "") -> list[str]:
    """Give the bids that a framework's report admits, of lot `only` or of all, by rank; none for another method."""
    lots = [lot for lot in report.body["lots"] if only in ("", lot["lot"])]
    return [name for lot in lots for name in lot["result"].get("admitted", [])]


def undecided(report: Report) -> dict[str, str]:
    """Give the candidates of the lots that have no award, or none that stands; a lot that failed has none any more."""
    awarded = Award.objects.filter(panel_id=report.panel_id, void_at=None).values_list("lot", flat=True)
    done = {*awarded, *(row.no for row in failed_lots.of_tender(report.panel.tender_id))}
    return {lot: bid for lot, bid in candidates(report).items() if lot not in done}


def decision_body(panel: Panel, report: Report, *, fails: bool = False) -> dict[str, Any]:
    """Give what the purchaser signs: which bid is awarded each lot, by which report; none when it `fails`."""
    return {
        "type": "mingcai/v1/award-decision",
        "tender": str(panel.tender_id),
        "report": report.digest,
        "awards": []
        if fails
        else [{"lot": lot, "bid": bid} for lot, bid in sorted(candidates(report).items())],
        **({"admitted": names} if not fails and (names := admitted(report)) else {}),
    }


def progress(panel: Panel) -> dict[uuid.UUID, int]:
    """Give how many cells each member has filled: numbers only."""
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for member in Score.objects.filter(sheet__member__panel=panel).values_list("sheet__member_id", flat=True):
        counts[member] += 1
    return counts


def members_of(panel: Panel) -> list[Member]:
    """Give the seats of a panel that are taken, by position."""
    return list(panel.members.exclude(status=MemberStatus.RECUSED).select_related("sheet", "call"))


def free_seats(panel: Panel) -> dict[str, int]:
    """Give how many seats are free of each kind: `expert`, `representative`."""
    taken = [member.kind for member in members_of(panel)]
    return {
        Member.EXPERT: panel.experts - taken.count(Member.EXPERT),
        Member.REPRESENTATIVE: panel.size - panel.experts - taken.count(Member.REPRESENTATIVE),
    }


def expert_numbered(number: str) -> uuid.UUID:
    """Give the id of the expert with this number in the register, or raise NotFound."""
    entry = expert_entries().filter(number=number).first()
    if entry is None:
        raise NotFound()
    return entry.pk


def report_of(panel: Panel) -> Report | None:
    """Give the panel's report, or None."""
    return Report.objects.prefetch_related("signatures__member").filter(panel=panel).first()


def awards_of(tender_id: uuid.UUID) -> list[Award]:
    """Give the awards of a tender that stand, by lot."""
    rows = Award.objects.filter(panel__tender_id=tender_id, void_at=None)
    return list(rows.select_related("supplier").order_by("lot"))


def set_aside_of(tender_id: uuid.UUID) -> list[Award]:
    """Give the awards of a tender that were set aside, oldest first."""
    rows = Award.objects.filter(panel__tender_id=tender_id, void_at__isnull=False)
    return list(rows.select_related("supplier").order_by("void_at"))


def reviews_of(panel: Panel) -> dict[tuple[uuid.UUID, str], Review]:
    """Give the reviews by bid and condition."""
    return {(row.bid_id, row.criterion): row for row in Review.objects.filter(panel=panel)}


def result_for(supplier_id: uuid.UUID, tender_id: uuid.UUID) -> list[dict[str, Any]]:
    """Give a supplier its own result per lot after the decision: scores, rank, reasons, award; nothing of others.

    A consortium's result is that of each of its members.

    Source: 财政部令第87号第六十九条.
    """
    report = Report.objects.filter(panel__tender_id=tender_id, panel__status=PanelStatus.DECIDED).first()
    if report is None:
        return []
    awards = {award.bid_id: award for award in awards_of(tender_id)}
    tender, unconfirmed = tendering.tender_facts(tender_id), prices.refused(report.panel)
    found = []
    for bid in prices.judged(tender_id):
        if supplier_id not in bid.party_ids:
            continue
        name = str(bid.bid_id)
        lot = next((row for row in report.body["lots"] if row["lot"] == bid.lot), None)
        result = lot["result"] if lot else {}
        inputs: list[dict[str, Any]] = lot["case"]["bids"] if lot else []
        own: dict[str, Any] = next((row for row in inputs if row["id"] == name), {})
        conditions_failed = Review.objects.filter(panel=report.panel, bid_id=bid.bid_id, passed=False)
        reasons = [row.said for row in conditions_failed]
        if bid.bid_id in unconfirmed:
            reasons += [one.name for one in grounds_of(tender) if one.code == prices.REFUSED]
        excluded = next((row["reason"] for row in result.get("excluded", []) if row["id"] == name), None)
        found.append(
            {
                "lot": bid.lot,
                "bid": bid,
                "award": awards.get(bid.bid_id),
                "failed": result.get("failed"),
                "admitted": name in result["admitted"] if "admitted" in result else None,
                "place": next((row for row in result.get("ranking", []) if row["id"] == name), None),
                "excluded": excluded or ("not_compliant" if reasons else None),
                "reasons": reasons,
                "criteria": _means(lot["case"]["criteria"] if lot else [], own.get("scores", {})),
                "remarks": [
                    row for row in report.body.get("reasons", []) if row["bid"] == name and row["reason"]
                ],
            }
        )
    return found


def _means(criteria: list[dict[str, Any]], scores: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Give the evaluators' mean of each criterion, to two places."""
    return [
        {
            "id": row["id"],
            "max": row["max"],
            "mean": rounded_half_up(
                sum((Fraction(sheet[row["id"]]) for sheet in scores.values()), Fraction(0)) / len(scores),
                rules.PLACES,
            ),
        }
        for row in criteria
        if scores
    ]
