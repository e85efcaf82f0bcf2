"""What a method asks of a draft beyond its times: approvals, how bids are compared, the weight of the price. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core.errors import gettext_noop
from core.law.book import Law
from core.workdays import beijing_date
from planning.rules import OPEN_TENDER, UNBUDGETED, split
from planning.states import PAPER_WORDS
from tendering.facts import CriterionFacts, TenderFacts
from tendering.framework_rules import SCHEME
from tendering.issues import Issue, Surroundings, issue_of
from tendering.methods import APPROVAL, EMERGENCY, Invites, Method, method_of
from tendering.states import BY_SCORE, SCORED, CriterionKind, Ground

FULL_MARKS = Decimal(100)
METHOD_APPROVAL, WEIGHT_APPROVAL, TWO_SUPPLIERS = "method", "price_weight", "two_suppliers"
"""Kinds of approval that can be recorded for a tender."""
APPROVAL_WORDS = {
    METHOD_APPROVAL: gettext_noop("Another method than open tender"),
    WEIGHT_APPROVAL: gettext_noop("A price weight outside the range"),
    TWO_SUPPLIERS: gettext_noop("Going on with two suppliers"),
    SCHEME: gettext_noop("The scheme of a framework procurement, approved or filed"),
    **{str(kind): PAPER_WORDS[kind] for kind, _ in UNBUDGETED},
}


def securities(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield the bid securities above what the law allows. Source: 《政府采购法实施条例》第三十三条."""
    for lot in tender.lots:
        asked = tender.securities.get(lot.no)
        if asked is not None and asked > law.cap("L-13.bid_bond_max_rate", lot.budget):
            yield issue_of(
                law,
                "security-above-cap",
                gettext_noop("The bid security of lot %(lot)s is above what the law allows: %(cap)s."),
                "criteria",
                "L-13.bid_bond_max_rate",
                lot=lot.no,
                cap=str(law.cap("L-13.bid_bond_max_rate", lot.budget)),
            )


def criteria(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what is missing or unlawful in the way in which bids are to be compared."""
    kinds = {row.kind for row in tender.criteria}
    if CriterionKind.QUALIFICATION not in kinds:
        yield issue_of(
            law,
            "no-qualification",
            gettext_noop("Say which qualifications bidders must prove."),
            "criteria",
            "L-01",
        )
    if CriterionKind.CONFORMITY not in kinds:
        yield issue_of(
            law,
            "no-conformity",
            gettext_noop("Say which requirements make a bid invalid when they are not met."),
            "criteria",
            "T-21",
        )
    method = method_of(tender.method)
    if tender.evaluation_method not in list(method.evaluation):
        yield issue_of(
            law,
            "evaluation-not-of-method",
            gettext_noop("Bids cannot be compared in this way under the chosen procurement method."),
            "criteria",
            _basis(method),
        )
    if tender.two_envelopes and method.one_envelope:
        yield issue_of(
            law,
            "two-envelopes-not-here",
            gettext_noop("Two envelopes are for tenders: under this method choose one envelope."),
            "criteria",
            _basis(method),
        )
    scored = [row for row in tender.criteria if row.kind in SCORED]
    if tender.evaluation_method in BY_SCORE:
        yield from _weights(tender, scored, law)
    elif scored:
        yield issue_of(
            law,
            "scores-without-scoring",
            gettext_noop(
                "Where the price decides, nothing else is scored: make conditions of these criteria."
            ),
            "criteria",
            _basis(method),
        )


def _basis(method: Method) -> str:
    if method.admits:
        return "F-07"
    if method.below:
        return "X-20"
    if method.invites is Invites.ENTRANTS:
        return "F-11"
    return "T-12" if method.invites != Invites.NAMED and not method.deal else "N-05"


def sole_source(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what a single-source notice must still say: supplier, reason, opinions of professionals (rule N-09)."""
    if method_of(tender.method).invites is not Invites.NAMED:
        return
    if tender.method == EMERGENCY.code:
        yield from _emergency(tender, law, around)
    elif tender.sole is None:
        yield issue_of(
            law,
            "no-sole-source",
            gettext_noop("Name the one supplier, the ground, the reason and the professionals’ opinions."),
            "sole",
            "N-09",
        )
    elif tender.sole.ground == Ground.ONLY_SUPPLIER and not tender.sole.opinions:
        yield issue_of(
            law,
            "no-opinions",
            gettext_noop("Give the opinions of professionals with their names, units and titles."),
            "sole",
            "N-09",
        )


def _emergency(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    if not law.has("G-08.emergency_suppliers_min"):
        said = gettext_noop(
            "The rule for emergency purchases is not in force today: the plan needs another method."
        )
        yield issue_of(law, "emergency-not-in-force", said, "plan", "G-08")
    found = tender.emergency
    if found is None:
        said = gettext_noop("Record the decision of the authority, the supplier, and who else was asked.")
        yield issue_of(law, "no-emergency", said, "emergency", "G-08")
    elif not found.begins_on <= beijing_date(around.now) <= found.ends_on:
        said = gettext_noop("The decision covers other days: record one that covers today.")
        yield issue_of(law, "emergency-over", said, "emergency", "G-08")


def rounds(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what a document for rounds must still say: why they are held, and what they may change (rule N-06)."""
    method = method_of(tender.method)
    if not method.grounds:
        return
    if tender.ground not in list(method.grounds):
        yield issue_of(
            law,
            "no-ground",
            gettext_noop("State which of the law’s cases for this method applies."),
            "ground",
            "N-13" if method.code == "negotiation" else "C-01",
        )
    if not tender.terms:
        yield issue_of(
            law,
            "nothing-changeable",
            gettext_noop(
                "The document lists no term that the talks may change; then they can change nothing of it."
            ),
            "terms",
            "N-06",
            blocking=False,
        )


def approvals(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield the approval that the chosen method still needs."""
    method = method_of(tender.method)
    yield from _unbudgeted(tender, law, around)
    if method.approval_above and not law.has(method.approval_above):
        blank = not law.level
        yield issue_of(
            law,
            "threshold-unknown",
            gettext_noop(
                "The register does not say at which level the purchaser's budget is, so that the threshold for open tenders is "
                "not known: give the level, or make sure that no approval is needed."
            )
            if blank
            else gettext_noop(
                "The threshold for open tenders of this purchaser is not known here: make sure that no approval is needed."
            ),
            "organisation" if blank else "approvals",
            APPROVAL,
            blocking=False,
        )
    if method.needs_approval(law, tender.budget) and METHOD_APPROVAL not in tender.approved_kinds:
        yield issue_of(
            law,
            "method-not-approved",
            gettext_noop(
                "From %(threshold)s yuan on, another method than open tender needs the approval of the finance "
                "department: record its number, authority, date and paper."
            ),
            "approvals",
            APPROVAL,
            threshold=str(law.yuan(method.approval_above)),
        )


def _unbudgeted(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield the decisions that a purchase outside the approved budget still needs, and a purchase that is split."""
    for kind, rule in UNBUDGETED if around.plan is not None and around.plan.unbudgeted else ():
        if law.has(rule) and tender.budget >= law.yuan(rule) and kind not in tender.approved_kinds:
            yield issue_of(
                law,
                f"unbudgeted-{kind.replace('_', '-')}",
                gettext_noop(
                    "It is not in this year's budget: from %(threshold)s yuan on record the “%(name)s” with number, date, paper."
                ),
                "approvals",
                rule,
                threshold=str(law.yuan(rule)),
                name=APPROVAL_WORDS[kind],
            )
    total = split(law, around.alike) if method_of(tender.method).approval_above else None
    if total is not None and METHOD_APPROVAL not in tender.approved_kinds:
        yield issue_of(
            law,
            "split-purchase",
            gettext_noop(
                "The same item of one budget line is bought in %(count)s parts without open tender, together %(total)s, above "
                "the threshold of %(threshold)s: buy it by open tender, or record an approval."
            ),
            "approvals",
            "L-07",
            blocking=False,
            count=len(around.alike),
            total=str(total),
            threshold=str(law.yuan(OPEN_TENDER)),
        )


def limit(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield that a method for small purchases is used from its limit on (rule G-06), or that the limit is not known."""
    method = method_of(tender.method)
    if not method.below:
        return
    if not law.has(method.below):
        yield issue_of(
            law,
            "limit-unknown",
            gettext_noop(
                "The limit of small purchases of this purchaser is not known here: make sure that this one is below it."
            ),
            "basics",
            "G-06",
            blocking=False,
        )
    elif tender.budget >= law.yuan(method.below):
        yield issue_of(
            law,
            "above-the-limit",
            gettext_noop(
                "From %(limit)s yuan on, a purchase needs one of the statutory methods: file a plan with another method."
            ),
            "plan",
            method.below,
            limit=str(law.yuan(method.below)),
        )


def scored_total(tender: TenderFacts) -> Decimal:
    """Give what price and scored criteria add up to."""
    return tender.price_weight + sum((row.max for row in tender.criteria if row.kind in SCORED), Decimal(0))


def _weights(tender: TenderFacts, scored: list[CriterionFacts], law: Law) -> Iterator[Issue]:
    method = method_of(tender.method)
    total = scored_total(tender)
    if total != FULL_MARKS:
        yield issue_of(
            law,
            "scores-do-not-add-up",
            gettext_noop("Price and criteria add up to %(total)s points, not to %(full)s."),
            "criteria",
            "T-12",
            total=_points(total),
            full=_points(FULL_MARKS),
        )
    bounds = method.weights(law)
    excused = method.weight_approvable and WEIGHT_APPROVAL in tender.approved_kinds
    if bounds is not None and not excused:
        least, most = (bound * FULL_MARKS for bound in bounds)
        if tender.price_weight < least:
            yield issue_of(
                law,
                "price-weight-too-low",
                gettext_noop("The price counts %(weight)s points; the law asks for %(least)s at least."),
                "criteria",
                method.price_weight,
                weight=_points(tender.price_weight),
                least=_points(least),
            )
        elif tender.price_weight > most:
            yield issue_of(
                law,
                "price-weight-too-high",
                gettext_noop(
                    "The price counts %(weight)s points; more than %(most)s needs the approval of the finance "
                    "department: record it."
                ),
                "approvals",
                method.price_weight,
                weight=_points(tender.price_weight),
                most=_points(most),
            )
    if method.formulas and tender.price_formula not in method.formulas:
        yield issue_of(
            law,
            "formula-unknown",
            gettext_noop("This price formula is not the one of the method."),
            "criteria",
            "T-12",
        )
    for row in scored:
        if row.max <= 0 or not row.guide.strip():
            yield issue_of(
                law,
                "criterion-not-quantified",
                gettext_noop("Criterion %(criterion)s needs points and says how they are given."),
                "criteria",
                "T-12",
                criterion=row.id,
            )


def _points(value: Decimal) -> str:
    return f"{value.normalize():f}"
