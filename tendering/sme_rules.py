"""What a reservation for small and medium-sized enterprises asks of a draft. Pure.

Source: 财库〔2020〕46号第六条至第九条, 第十一条 (rules S-01 to S-04, S-09).
"""

from __future__ import annotations

from collections.abc import Iterator

from core.errors import gettext_noop
from core.law.book import Law
from core.money import Yuan
from planning.states import Reserve
from tendering.facts import TenderFacts
from tendering.issues import Issue, Surroundings, issue_of
from tendering.states import CriterionKind

LETTER = "中小企业声明函"
CONDITION = (
    CriterionKind.QUALIFICATION,
    "本项目专门面向中小企业采购，供应商属于中小企业",
    f"《{LETTER}》（监狱企业、残疾人福利性单位提供相应证明）",
)
"""Kind, name and proof of the qualification that goes with a purchase reserved as a whole."""
FULL_RESERVE, RATE = "S-01.sme_full_reserve", "S-02.sme_reserve_rate"
FAVOURING = frozenset({"small_micro", "consortium"})


def reservation(tender: TenderFacts, law: Law, around: Surroundings) -> Iterator[Issue]:
    """Yield what is still to decide or to write about the reservation for SMEs."""
    plan = around.plan
    if plan is None:
        return
    if not plan.sme_form:
        suitable = law.has(FULL_RESERVE) and tender.budget <= law.yuan(FULL_RESERVE)
        yield issue_of(
            law,
            "reservation-undecided",
            gettext_noop(
                "Decide whether this purchase is reserved for SMEs; of this size a suitable one is, as a whole."
            )
            if suitable
            else gettext_noop("Decide how this purchase counts for the year's reservation for SMEs."),
            "reservation",
            FULL_RESERVE if suitable else RATE,
            blocking=False,
        )
    elif plan.sme_form == Reserve.WHOLE and not _asks_for_letter(tender):
        yield issue_of(
            law,
            "no-sme-condition",
            gettext_noop("It is reserved for SMEs: ask for their declaration letter as a qualification."),
            "criteria",
            "S-09",
        )
    elif tender.part:
        return  # its lots keep what the whole purchase decided
    elif plan.sme_form == Reserve.LOT:
        kept = Yuan.total(lot.budget for lot in tender.lots if lot.reserved)
        if kept < plan.sme_amount:
            yield issue_of(
                law,
                "reserved-lots-too-small",
                gettext_noop(
                    "The lots for SMEs add up to %(kept)s; the plan reserves %(planned)s: mark more lots."
                ),
                "lots",
                RATE,
                kept=str(kept),
                planned=str(plan.sme_amount),
            )

    elif plan.sme_form == Reserve.SUBCONTRACT:
        kept = Yuan.total(
            lot.budget.capped(tender.subcontracting[lot.no].sme)
            for lot in tender.lots
            if lot.no in tender.subcontracting
        )
        if kept < plan.sme_amount:
            yield issue_of(
                law,
                "subcontracts-too-small",
                gettext_noop(
                    "What must be subcontracted to SMEs adds up to %(kept)s; the plan reserves %(planned)s: ask for more."
                ),
                "admission",
                RATE,
                kept=str(kept),
                planned=str(plan.sme_amount),
            )


def without_deduction(name: str, around: Surroundings) -> bool:
    """Tell whether this deduction has no place: where all bidders are SMEs nobody is favoured among them."""
    return name in FAVOURING and around.plan is not None and around.plan.sme_form == Reserve.WHOLE


def deduction_on_reserved(law: Law, noun: str) -> Issue:
    """Give the issue that a purchase reserved as a whole still favours some bidders by price."""
    return issue_of(
        law,
        "deduction-on-reserved",
        gettext_noop("It is reserved for SMEs as a whole: set the deduction (%(name)s) to 0."),
        "criteria",
        "S-03.sme_deduct",
        name=noun,
    )


def _asks_for_letter(tender: TenderFacts) -> bool:
    return any(
        row.kind == CriterionKind.QUALIFICATION and LETTER in f"{row.name}{row.guide}"
        for row in tender.criteria
    )
