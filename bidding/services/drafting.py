"""Sharing a draft: who is named for it, who sees the price, who writes what; and throwing it away."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.urls import reverse

from bidding import drafts
from bidding.models import Draft, DraftPart, DraftPerson
from core import clock
from core.audit.services import record as record_act
from core.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from core.timers import services as timers
from parties.access import CLOCK, Actor
from parties.services import inbox
from parties.states import Kind
from storage import uploads
from tendering import access as tenders
from tendering import selectors as tendering

RULE = "sealing.drafts"
FORGET = "bidding.forget"


class SharedAlready(Conflict):
    """A colleague shares a draft of this lot, and the actor is not named for it."""

    code = "shared-already"
    title = gettext_noop("A colleague already shares a draft of this lot")


@transaction.atomic
def share(*, actor: Actor, tender_id: uuid.UUID, lot: str) -> uuid.UUID:
    """Begin a shared draft of one lot, for its owner alone at first; gives it, also when the actor is in it already.

    Raises NotFound and as `tender_to_bid`, SharedAlready.
    """
    tender = tenders.tender_to_bid(actor, tender_id)
    supplier_id = actor.require_kind(Kind.SUPPLIER)
    if tender.lot(lot) is None:
        raise NotFound()
    before = Draft.objects.filter(tender_id=tender.id, lot=lot, supplier_id=supplier_id).first()
    if before is not None:
        team = drafts.team_of(before)
        if team.person(actor.user_id) or drafts.manages(actor, team):
            return before.pk
        raise SharedAlready(
            gettext_noop("Ask %(name)s, or an administrator of your desk, to name you for it."),
            name=before.owner.name,
        )
    try:
        with transaction.atomic():
            draft = Draft.objects.create(
                tender_id=tender.id, lot=lot, supplier_id=supplier_id, owner_id=actor.require_user()
            )
    except IntegrityError:
        raise SharedAlready(gettext_noop("Load the page again.")) from None
    DraftPerson.objects.create(draft=draft, user_id=draft.owner_id, sees_price=True, writes=[drafts.ALL])
    record_act(actor=actor.label, verb="share-draft", subject=f"draft.{draft.pk}", rule=RULE, lot=lot)
    return draft.pk


@transaction.atomic
def name(
    *, actor: Actor, draft_id: uuid.UUID, user_id: uuid.UUID, sees_price: bool, writes: Collection[str]
) -> None:
    """Name a colleague for a draft, or change what one sees and writes; by its owner or an administrator.

    `writes` are names of parts, or `*` for all that the person sees. Raises NotFound, Invalid.
    """
    team = drafts.to_manage(actor, draft_id)
    Draft.objects.select_for_update().get(pk=draft_id)
    known = {part.name: part for part in drafts.parts_of(team)}
    if user_id not in drafts.colleagues(team.draft.supplier_id):
        raise Invalid(errors={"user": gettext_noop("Choose somebody who works on bids at your desk.")})
    if user_id == team.draft.owner_id:
        raise Invalid(errors={"user": gettext_noop("The owner of the draft sees and writes everything.")})
    chosen = sorted(set(writes))
    if any(one != drafts.ALL and one not in known for one in chosen):
        raise Invalid(errors={"writes": gettext_noop("The bid has no such part.")})
    if not sees_price and any(one in known and known[one].section == drafts.PRICE for one in chosen):
        raise Invalid(errors={"writes": gettext_noop("Whoever writes the price must also see it.")})
    _, made = DraftPerson.objects.update_or_create(
        draft_id=draft_id, user_id=user_id, defaults={"sees_price": sees_price, "writes": chosen}
    )
    record_act(
        actor=actor.label,
        verb="name-for-draft",
        subject=f"draft.{draft_id}",
        rule=RULE,
        user=str(user_id),
        sees_price=sees_price,
        writes=chosen,
    )
    if made:
        inbox.tell(
            key=f"draft.{draft_id}.{user_id}",
            user_id=user_id,
            title=gettext_noop("%(name)s asks you to help with a draft"),
            why=gettext_noop("What you write there is encrypted in your browser for those who are named."),
            url=reverse("bidding:draft", args=[draft_id]),
            name=actor.name,
        )


@transaction.atomic
def remove(*, actor: Actor, draft_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Take a person off a draft: by whoever manages it, or by oneself. Nothing of it is given to them from now on.

    Until a reader's browser has made a key without them nothing more is taken either. Raises NotFound, Forbidden.
    """
    team = drafts.to_see(actor, draft_id)
    if user_id != actor.user_id and not drafts.manages(actor, team):
        raise NotFound()
    Draft.objects.select_for_update().get(pk=draft_id)
    if user_id == team.draft.owner_id:
        raise Forbidden(gettext_noop("First hand the draft over to somebody else, or delete it."))
    gone, _ = DraftPerson.objects.filter(draft_id=draft_id, user_id=user_id).delete()
    if not gone:
        raise NotFound()
    inbox.finish(f"draft.{draft_id}.{user_id}")
    record_act(
        actor=actor.label,
        verb="remove-from-draft",
        subject=f"draft.{draft_id}",
        rule=RULE,
        user=str(user_id),
    )


@transaction.atomic
def hand_over(*, actor: Actor, draft_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Make another of its people the owner of a draft; that gives nobody a key. Raises NotFound, Invalid."""
    team = drafts.to_manage(actor, draft_id)
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    person = team.person(user_id)
    if person is None or not person.sees_price:
        raise Invalid(errors={"user": gettext_noop("Choose one of the team who sees the price.")})
    draft.owner_id = user_id
    draft.save(update_fields=["owner"])
    DraftPerson.objects.filter(draft=draft, user_id=user_id).update(sees_price=True, writes=[drafts.ALL])
    record_act(
        actor=actor.label, verb="hand-over-draft", subject=f"draft.{draft_id}", rule=RULE, user=str(user_id)
    )


@transaction.atomic
def delete(*, actor: Actor, draft_id: uuid.UUID) -> None:
    """Delete a draft with all its ciphertext, by whoever manages it. Raises NotFound."""
    drafts.to_manage(actor, draft_id)
    _erase(Draft.objects.select_for_update().get(pk=draft_id), actor.label)


@transaction.atomic
def announce_end(tender_id: uuid.UUID) -> None:
    """Tell everybody who is named for a draft of a procedure that has ended when it is deleted, and plan that.

    A second call says and plans the same.
    """
    rows = Draft.objects.filter(tender_id=tender_id).prefetch_related("people").order_by("pk")
    if not rows or timers.is_planned(verb=FORGET, subject=str(tender_id)):
        return
    over = clock.stamp() + drafts.KEPT_AFTER_END
    tender = tendering.tender_facts(tender_id)
    for draft in rows:
        for one in draft.people.all():
            inbox.assign(
                key=f"draft.{draft.pk}.ending.{one.user_id}",
                user_id=one.user_id,
                title=gettext_noop("Your team’s draft for “%(tender)s”, lot %(lot)s, will be deleted"),
                why=gettext_noop(
                    "The procedure has ended. Copy what you still need before the time is over."
                ),
                url=reverse("bidding:draft", args=[draft.pk]),
                due_at=over,
                rule=RULE,
                tender=tender.title,
                lot=draft.lot,
            )
        record_act(
            actor=CLOCK.label,
            verb="announce-deletion",
            subject=f"draft.{draft.pk}",
            rule=RULE,
            at=over.isoformat(),
        )
    timers.schedule(verb=FORGET, subject=str(tender_id), due_at=over)


@transaction.atomic
def forget_all(*, tender_id: uuid.UUID, actor: str) -> None:
    """Delete every draft for a tender that is over; nobody needs it any more."""
    for draft in Draft.objects.select_for_update().filter(tender_id=tender_id):
        _erase(draft, actor)


def _erase(draft: Draft, actor: str) -> None:
    for held in DraftPart.objects.filter(draft=draft).values_list("uploads", flat=True):
        for upload_id in held:
            uploads.release(
                upload_id=uuid.UUID(upload_id),
                owner=f"organisation.{draft.supplier_id}",
                kept_for=f"draft.{draft.pk}",
            )
    inbox.finish_all(f"draft.{draft.pk}.")
    record_act(actor=actor, verb="delete-draft", subject=f"draft.{draft.pk}", rule=RULE)
    draft.delete()
