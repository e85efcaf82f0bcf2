"""Procurement methods: one frozen record each, never a subclass. Pure.

A record names the rules of the law packs that govern the method's periods; the numbers stand there.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import Invalid, gettext_noop
from disclosure.states import NoticeType


class UnknownMethod(Invalid):
    """The platform does not run this procurement method."""

    code = "unknown-method"
    title = gettext_noop("This procurement method is not available")


@dataclass(frozen=True, slots=True)
class Method:
    """How a procurement method runs: its names, its notice, the rules of its periods and counts."""

    code: str
    name: str
    notice: NoticeType
    bid_time: str
    document_time: str
    notice_time: str
    amendment_time: str
    least_bidders: str
    price_weight_least: str
    formulas: tuple[str, ...]


OPEN_TENDER = Method(
    code="open_tender",
    name=gettext_noop("Open tender"),
    notice=NoticeType.TENDER_NOTICE,
    bid_time="L-09.bid_min_days",
    document_time="L-10.doc_provision_min",
    notice_time="T-02.tender_notice_period",
    amendment_time="L-11.amend_before_deadline",
    least_bidders="L-14.min_bidders",
    price_weight_least="T-12.price_weight_min",
    formulas=("order87",),
)

METHODS = {method.code: method for method in (OPEN_TENDER,)}


def method_of(code: str) -> Method:
    """Give the record of a method. Raises UnknownMethod."""
    try:
        return METHODS[code]
    except KeyError:
        raise UnknownMethod(gettext_noop("There is no method “%(given)s” here."), given=code[:40]) from None
