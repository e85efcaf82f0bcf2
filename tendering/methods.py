"""Procurement methods: one frozen record each, never a subclass. Pure.

A record names the rules of the law packs that govern the method's periods, counts and shares; the numbers stand there.
An empty rule id says that the method has no such rule. Source of the methods: 《政府采购法》第二十六条;
财政部令第74号; 财库〔2014〕214号; 财政部令第110号.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.errors import Invalid, gettext_noop
from core.law.book import Law
from core.law.rule import Range
from core.money import Yuan, exact
from core.transitions import Step
from disclosure.states import NoticeType
from tendering.states import (
    CONSULTATION_STEPS,
    EMERGENCY_STEPS,
    NEGOTIATION_STEPS,
    OPEN_FRAMEWORK_STEPS,
    OPEN_STEPS,
    RESTRICTED_STEPS,
    SINGLE_SOURCE_STEPS,
    STEPS,
    EvaluationMethod,
    RoundsGround,
)

OPEN_TENDER_THRESHOLD = "G-06.open_tender_threshold"
SCATTERED_LIMIT = "G-06.scattered_limit"
APPROVAL = "L-06"
"""Above the threshold another method than open tender needs the finance department's approval before it starts."""


class UnknownMethod(Invalid):
    """The platform does not run this procurement method."""

    code = "unknown-method"
    title = gettext_noop("This procurement method is not available")


class Invites(StrEnum):
    """How suppliers come to a procedure: everybody may, those drawn from a qualified pool, the one that is named, whoever
    applies while a framework runs, or those who entered a framework agreement."""

    EVERYBODY = "everybody"
    DRAWN = "drawn"
    NAMED = "named"
    ANYTIME = "anytime"
    ENTRANTS = "entrants"


class Quoting(StrEnum):
    """How a price is given.

    SEALED: sealed, may be replaced or withdrawn until the deadline. ONCE: the same, and it is the only quote there is:
    after the deadline neither the supplier nor the panel changes it (no negotiation, no correction). ROUNDS: the first
    response is followed by rounds, the final quote counts. AGREED: a price is agreed with the one supplier.
    """

    SEALED = "sealed"
    ONCE = "once"
    ROUNDS = "rounds"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class PanelRules:
    """Rules of the panel: members in all (odd), members above `large_from`, and the share of experts."""

    size: str
    experts: str
    size_large: str = ""
    large_from: str = ""


@dataclass(frozen=True, slots=True)
class Fewer:
    """A lower count of suppliers that may go on: on these grounds of the method, or with an approval of this kind."""

    rule: str
    grounds: frozenset[RoundsGround] = frozenset()
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How a procurement method runs.

    `notice` is what is published when the document is issued; `first_notice` comes before it where the method has a stage
    of its own (`first_time` is that stage's least length). `bid_time`, `document_time`, `notice_time` are counted from the
    issue, `amendment_time` back from the deadline; `extends` says that the deadline then moves by itself.
    `least_bidders` are needed at the deadline, `least_valid` after the review; `fewer` are the exceptions.
    `evaluation` and `formulas` are allowed, the first is the draft's default; `price_weight` is a least share or a range,
    outside which nothing helps unless `weight_approvable`. `approval_above` is the amount from which the method needs the
    finance department's approval. `failed` is the rule under which the procedure ends for want of suppliers. `below` is the
    amount from which the method is not to be used. `admits`: not one winner is found but the suppliers of a framework
    agreement. One of `grounds` must be stated. `result` is the notice of the award, `ends` that of a procedure without one.
    """

    code: str
    name: str
    notice: NoticeType
    bid_time: str
    document_time: str
    notice_time: str
    amendment_time: str
    least_bidders: str
    panel: PanelRules | None
    evaluation: tuple[EvaluationMethod, ...]
    failed: str
    formulas: tuple[str, ...] = ()
    price_weight: str = ""
    weight_approvable: bool = False
    least_valid: str = ""
    fewer: tuple[Fewer, ...] = ()
    extends: bool = True
    first_notice: NoticeType | None = None
    first_time: str = ""
    invites: Invites = Invites.EVERYBODY
    quoting: Quoting = Quoting.SEALED
    approval_above: str = OPEN_TENDER_THRESHOLD
    below: str = ""
    deal: bool = True
    admits: bool = False
    prequalifies: bool = False
    grounds: tuple[RoundsGround, ...] = ()
    result: NoticeType = NoticeType.AWARD
    ends: NoticeType = NoticeType.FAILURE
    steps: tuple[Step, ...] = STEPS
    also: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that the record names, in the order in which a procedure meets them."""
        panel = self.panel
        named = (
            self.approval_above,
            self.below,
            self.first_time,
            *self.also,
            self.document_time,
            self.bid_time,
            self.notice_time,
            self.amendment_time,
            self.least_bidders,
            self.least_valid,
            *(one.rule for one in self.fewer),
            *((panel.size, panel.size_large, panel.large_from, panel.experts) if panel else ()),
            self.price_weight,
        )
        return tuple(dict.fromkeys(rule for rule in named if rule))

    @property
    def one_envelope(self) -> bool:
        """Tell whether a response is one sealed envelope: prices alone decide, or several suppliers are admitted."""
        return (
            self.quoting in (Quoting.ONCE, Quoting.AGREED) or self.admits or self.invites is Invites.ENTRANTS
        )

    @property
    def consortia(self) -> bool:
        """Tell whether suppliers may come together as one (联合体): where everybody may, and one is chosen."""
        return self.invites is Invites.EVERYBODY and not self.admits

    @property
    def subcontracts(self) -> bool:
        """Tell whether parts may be subcontracted (分包): where the winner of a sealed bid performs one contract."""
        return self.invites in (Invites.EVERYBODY, Invites.DRAWN) and not self.admits

    def fewest(
        self, law: Law, ground: str = "", approvals: frozenset[str] = frozenset(), *, valid: bool = False
    ) -> tuple[int, str]:
        """Give how many suppliers must be there, and the rule that says so: at the deadline, or `valid` after the review.

        Raises NoSuchRule.
        """
        usual = self.least_valid if valid else self.least_bidders
        found = [(law.count(usual), usual)]
        found += [
            (law.count(one.rule), one.rule)
            for one in self.fewer
            if law.has(one.rule)
            and (not one.grounds or ground in one.grounds)
            and (not one.approval or one.approval in approvals)
        ]
        return min(found)

    def weights(self, law: Law) -> tuple[Decimal, Decimal] | None:
        """Give the least and the most share that the price may have; None where the law knows no bounds."""
        if not law.has(self.price_weight):
            return None
        value = law.value(self.price_weight)
        if isinstance(value, Range):
            return value.low, value.high
        return exact(str(value)), Decimal(1)

    def needs_approval(self, law: Law, budget: Yuan) -> bool:
        """Tell whether the method needs the finance department's approval: from the threshold on, inclusive.

        Source: 《政府采购法》第二十七条; 《实施条例》第二十三条.
        """
        rule = self.approval_above
        return bool(rule) and law.has(rule) and budget >= law.yuan(rule)


SCORE_OR_PRICE = (EvaluationMethod.WEIGHTED_SCORE, EvaluationMethod.LOWEST_EVALUATED_PRICE)
TENDER_PANEL = PanelRules(
    size="T-10.committee_min",
    experts="T-10.expert_share",
    size_large="T-10.committee_min_large",
    large_from="T-10.committee_large_budget",
)
TEAM = PanelRules(
    size="N-01.team_min",
    experts="N-01.expert_share",
    size_large="N-01.team_min_large",
    large_from=OPEN_TENDER_THRESHOLD,
)

OPEN_TENDER = Method(
    code="open_tender",
    name=gettext_noop("Open tender"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="L-09.bid_min_days",
    document_time="L-10.doc_provision_min",
    notice_time="T-02.tender_notice_period",
    amendment_time="L-11.amend_before_deadline",
    least_bidders="L-14.min_bidders",
    least_valid="L-14.min_bidders",
    panel=TENDER_PANEL,
    evaluation=SCORE_OR_PRICE,
    formulas=("order87",),
    price_weight="T-12.price_weight_min",
    failed="L-14",
    approval_above="",
    deal=False,
    prequalifies=True,
    steps=OPEN_STEPS,
)
RESTRICTED_TENDER = Method(
    code="restricted_tender",
    name=gettext_noop("Restricted tender"),
    notice=NoticeType.TENDER_NOTICE,
    first_notice=NoticeType.PREQUALIFICATION,
    first_time="L-12.prequal_submit_min",
    bid_time="L-09.bid_min_days",
    document_time="L-10.doc_provision_min",
    notice_time="T-02.tender_notice_period",
    amendment_time="L-11.amend_before_deadline",
    least_bidders="L-14.min_bidders",
    least_valid="L-14.min_bidders",
    panel=TENDER_PANEL,
    evaluation=SCORE_OR_PRICE,
    formulas=("order87",),
    price_weight="T-12.price_weight_min",
    failed="L-14",
    invites=Invites.DRAWN,
    deal=False,
    steps=RESTRICTED_STEPS,
    also=("L-08.invited_min", "T-04.invite_pool_factor", "T-04.draw_witnesses_min"),
)
NEGOTIATION = Method(
    code="negotiation",
    name=gettext_noop("Competitive negotiation"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="N-02.negotiation_min",
    document_time="",
    notice_time="D-03.nontender_notice_period",
    amendment_time="N-02.negotiation_amend",
    least_bidders="N-04.final_quotes_min",
    least_valid="N-04.final_quotes_min",
    fewer=(Fewer("N-04.final_quotes_min_approved", approval="two_suppliers"),),
    panel=TEAM,
    evaluation=(EvaluationMethod.LOWEST_FINAL_QUOTE,),
    failed="N-04",
    quoting=Quoting.ROUNDS,
    grounds=(
        RoundsGround.NO_BIDS,
        RoundsGround.COMPLEX,
        RoundsGround.URGENT,
        RoundsGround.PRICE_UNKNOWN,
    ),
    steps=NEGOTIATION_STEPS,
)
CONSULTATION = Method(
    code="consultation",
    name=gettext_noop("Competitive consultation"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="C-02.consult_min",
    document_time="C-02.consult_doc_sale_min",
    notice_time="D-03.nontender_notice_period",
    amendment_time="C-03.consult_amend",
    least_bidders="C-05.consult_final_min",
    least_valid="C-05.consult_final_min",
    fewer=(
        Fewer(
            "C-05.consult_final_min_service",
            grounds=frozenset({RoundsGround.PURCHASED_SERVICE, RoundsGround.SOCIAL_CAPITAL}),
        ),
        Fewer("C-05.consult_final_min_research", grounds=frozenset({RoundsGround.RESEARCH})),
    ),
    panel=PanelRules(size="C-10.team_min", experts="C-10.expert_share"),
    evaluation=(EvaluationMethod.CONSULTATION_SCORE,),
    formulas=("order214",),
    price_weight="C-06.price_weight",
    weight_approvable=True,
    failed="C-05",
    quoting=Quoting.ROUNDS,
    grounds=(
        RoundsGround.PURCHASED_SERVICE,
        RoundsGround.SOCIAL_CAPITAL,
        RoundsGround.COMPLEX,
        RoundsGround.PRICE_UNKNOWN,
        RoundsGround.RESEARCH,
        RoundsGround.WORKS,
    ),
    steps=CONSULTATION_STEPS,
)
QUOTATION = Method(
    code="quotation",
    name=gettext_noop("Request for quotations"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="N-03.inquiry_min",
    document_time="",
    notice_time="D-03.nontender_notice_period",
    amendment_time="N-03.inquiry_amend",
    least_bidders="N-11.competing_min",
    least_valid="N-11.competing_min",
    panel=TEAM,
    evaluation=(EvaluationMethod.LOWEST_FINAL_QUOTE,),
    failed="N-11",
    quoting=Quoting.ONCE,
)
ONLINE_INQUIRY = Method(
    code="online_inquiry",
    name=gettext_noop("Online inquiry below the threshold"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="X-20.inquiry_min",
    document_time="",
    notice_time="",
    amendment_time="X-20.inquiry_amend",
    least_bidders="X-20.quotes_min",
    least_valid="X-20.quotes_min",
    panel=PanelRules(size="X-20.reviewers", experts="X-20.expert_share"),
    evaluation=(EvaluationMethod.LOWEST_FINAL_QUOTE,),
    failed="X-20",
    quoting=Quoting.ONCE,
    approval_above="",
    below=SCATTERED_LIMIT,
)
SECOND_COMPETITION = Method(
    code="second_competition",
    name=gettext_noop("Second competition under a framework agreement"),
    notice=NoticeType.MALL_CALL,
    bid_time="X-21.response_min",
    document_time="",
    notice_time="",
    amendment_time="X-21.response_amend",
    least_bidders="X-21.quotes_min",
    least_valid="X-21.quotes_min",
    panel=PanelRules(size="X-21.reviewers", experts="X-21.expert_share"),
    evaluation=(EvaluationMethod.LOWEST_FINAL_QUOTE,),
    failed="F-11",
    invites=Invites.ENTRANTS,
    approval_above="",
    result=NoticeType.FRAMEWORK_DEAL,
    ends=NoticeType.MALL_FAILURE,
    also=("F-12.deal_notice",),
)
SINGLE_SOURCE = Method(
    code="single_source",
    name=gettext_noop("Single source"),
    notice=NoticeType.SINGLE_SOURCE,
    first_notice=NoticeType.SINGLE_SOURCE,
    first_time="L-18.single_source_notice_min",
    bid_time="",
    document_time="",
    notice_time="L-18.single_source_notice_min",
    amendment_time="",
    least_bidders="",
    panel=None,
    evaluation=(EvaluationMethod.AGREED_PRICE,),
    failed="N-10",
    extends=False,
    invites=Invites.NAMED,
    quoting=Quoting.AGREED,
    steps=SINGLE_SOURCE_STEPS,
    also=("N-10.objection_review", "L-19.addon_max_rate"),
)
EMERGENCY = Method(
    code="emergency",
    name=gettext_noop("Emergency purchase"),
    notice=NoticeType.AWARD,
    bid_time="",
    document_time="",
    notice_time="",
    amendment_time="",
    least_bidders="",
    panel=None,
    evaluation=(EvaluationMethod.AGREED_PRICE,),
    failed="G-08",
    extends=False,
    invites=Invites.NAMED,
    quoting=Quoting.AGREED,
    approval_above="",
    steps=EMERGENCY_STEPS,
    also=("G-08.emergency_suppliers_min", "G-08.emergency_addon_max"),
)
"""In force from the day that its rules name; without them in the law of the day it cannot be begun."""
FRAMEWORK = Method(
    code="framework",
    name=gettext_noop("Framework agreement"),
    notice=NoticeType.FRAMEWORK_CALL,
    bid_time="F-06.solicit_min",
    document_time="",
    notice_time="",
    amendment_time="L-11.amend_before_deadline",
    least_bidders="F-08.qualified_min",
    least_valid="F-08.qualified_min",
    panel=TENDER_PANEL,
    evaluation=(EvaluationMethod.PRICE_FIRST, EvaluationMethod.QUALITY_FIRST),
    failed="F-08",
    approval_above="",
    deal=False,
    admits=True,
    also=(
        "F-05.framework_term",
        "F-08.elimination_min",
        "F-08.elimination_min_quality",
        "F-08.eliminated_min",
        "F-09.framework_sign",
        "F-09.framework_file",
    ),
)
OPEN_FRAMEWORK = Method(
    code="open_framework",
    name=gettext_noop("Open framework agreement"),
    notice=NoticeType.FRAMEWORK_CALL,
    bid_time="",
    document_time="",
    notice_time="",
    amendment_time="",
    least_bidders="",
    panel=None,
    evaluation=(EvaluationMethod.AGREED_PRICE,),
    failed="F-05",
    extends=False,
    invites=Invites.ANYTIME,
    quoting=Quoting.AGREED,
    approval_above="",
    deal=False,
    admits=True,
    steps=OPEN_FRAMEWORK_STEPS,
    also=("F-05.framework_term", "F-14.application_review"),
)

METHODS = {
    method.code: method
    for method in (
        OPEN_TENDER,
        RESTRICTED_TENDER,
        NEGOTIATION,
        CONSULTATION,
        QUOTATION,
        ONLINE_INQUIRY,
        SECOND_COMPETITION,
        SINGLE_SOURCE,
        EMERGENCY,
        FRAMEWORK,
        OPEN_FRAMEWORK,
    )
}
RUN = frozenset(METHODS)
"""Methods that the platform runs from the plan to the award; a plan of another one is not taken up."""


def method_of(code: str) -> Method:
    """Give the record of a method. Raises UnknownMethod."""
    try:
        return METHODS[code]
    except KeyError:
        raise UnknownMethod(gettext_noop("There is no method “%(given)s” here."), given=code[:40]) from None
