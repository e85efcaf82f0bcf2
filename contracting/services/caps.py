"""Draw on the caps of an agreement and of its entrants: exact to the fen, whoever asks at once.

Lock order: the entrant's row, then its agreement's. Conditional UPDATEs decide; the check constraints stand
behind them. Both are called inside the caller's transaction and leave it to the caller to do so once per order.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from contracting.models import Entrant, FrameworkAgreement
from contracting.states import AgreementStatus, EntrantStatus
from core import clock
from core.audit.services import record
from core.errors import NotFound, Refused, WrongState, gettext_noop
from core.money import Yuan


class OverCap(Refused):
    """The agreement, or this supplier's part of it, has not that much left."""

    code = "over-cap"
    title = gettext_noop("The cap of the framework agreement does not allow this")


class NotInForce(Refused):
    """The agreement's term does not run, or the supplier is no longer admitted."""

    code = "agreement-not-in-force"
    title = gettext_noop("The framework agreement does not allow orders from this supplier now")


def draw_cap(*, actor_label: str, entrant_id: UUID, agreement_id: UUID, amount: Yuan, source: str) -> None:
    """Take `amount` from the caps of an entrant and of its agreement for `source`, such as `order.<id>`.

    Only within the half-open term and while the supplier is admitted. Call it in a transaction that is rolled
    back on a refusal. Raises NotInForce, OverCap, NotFound.   Source: 财政部令第110号.
    """
    now = clock.now()
    if amount.fen <= 0:
        raise ValueError("what is drawn is above zero")
    own = Entrant.objects.filter(
        pk=entrant_id,
        agreement_id=agreement_id,
        status=EntrantStatus.ADMITTED,
        cap_fen__gte=F("drawn_fen") + amount.fen,
    )
    if not own.update(drawn_fen=F("drawn_fen") + amount.fen):
        _refuse_entrant(entrant_id, agreement_id, amount)
    whole = FrameworkAgreement.objects.filter(
        pk=agreement_id,
        status=AgreementStatus.ACTIVE,
        starts_at__lte=now,
        ends_at__gt=now,
        cap_fen__gte=F("drawn_fen") + amount.fen,
    )
    if not whole.update(drawn_fen=F("drawn_fen") + amount.fen):
        row = FrameworkAgreement.objects.get(pk=agreement_id)
        if row.status != AgreementStatus.ACTIVE or not row.starts_at <= now < row.ends_at:
            raise NotInForce(rule="F-05", agreement=row.agreement_no)
        raise _over(row.cap_fen - row.drawn_fen, amount, row.agreement_no)
    record(
        actor=actor_label,
        verb="draw_cap",
        subject=f"entrant.{entrant_id}",
        rule="F-05",
        source=source,
        amount=str(amount),
    )


def release_cap(*, actor_label: str, entrant_id: UUID, agreement_id: UUID, amount: Yuan, source: str) -> None:
    """Give back what `source` had drawn, because its order came to nothing; also after the term.

    Call it in a transaction. Raises WrongState when less is drawn.
    """
    if amount.fen <= 0:
        raise ValueError("what is released is above zero")
    less = {"drawn_fen": F("drawn_fen") - amount.fen}
    own = Entrant.objects.filter(pk=entrant_id, agreement_id=agreement_id, drawn_fen__gte=amount.fen)
    whole = FrameworkAgreement.objects.filter(pk=agreement_id, drawn_fen__gte=amount.fen)
    if not own.update(**less) or not whole.update(**less):
        raise WrongState(gettext_noop("Less than that is drawn from the framework agreement."))
    record(
        actor=actor_label,
        verb="release_cap",
        subject=f"entrant.{entrant_id}",
        source=source,
        amount=str(amount),
    )


def _refuse_entrant(entrant_id: UUID, agreement_id: UUID, amount: Yuan) -> None:
    row = Entrant.objects.select_related("agreement").filter(pk=entrant_id, agreement_id=agreement_id).first()
    if row is None:
        raise NotFound()
    if row.status != EntrantStatus.ADMITTED:
        raise NotInForce(rule="F-10", agreement=row.agreement.agreement_no)
    raise _over(row.cap_fen - row.drawn_fen, amount, row.agreement.agreement_no)


def _over(left_fen: int, amount: Yuan, agreement_no: str) -> OverCap:
    return OverCap(
        gettext_noop("Under agreement %(agreement)s %(left)s is left; %(asked)s was asked for."),
        left=str(Yuan.from_fen(left_fen)),
        asked=str(amount),
        agreement=agreement_no,
    )
