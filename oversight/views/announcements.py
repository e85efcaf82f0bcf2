"""Pages on which a regulator writes notices and a second person publishes them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.enacted.selectors import law
from core.errors import NotFound
from core.forms import done
from core.law.rule import Rule
from core.workdays import beijing_date
from disclosure.states import LABELS, NoticeType
from oversight import access
from oversight.announcement_forms import AnnouncementForm
from oversight.forms import NoteForm
from oversight.models import Announcement
from oversight.selectors.announcements import announcements_of
from oversight.services import announcing as services
from oversight.states import GLYPHS, STATUS_WORDS, WRITTEN, AnnouncementStatus
from oversight.views.changes import actor_of
from parties.access import Actor
from parties.states import MARK_WORDS, Kind


def to(row: Announcement) -> HttpResponseRedirect:
    """See other: the page of the notice."""
    return HttpResponseRedirect(reverse("oversight:announcement", args=[row.pk]), status=303)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    org_id = actor_of(request).require_kind(Kind.SUPERVISOR)
    now = clock.now()
    rows = [
        {
            "row": row,
            "type": _(LABELS[NoticeType(row.kind)]),
            "word": _(STATUS_WORDS[row.status]),
            "glyph": GLYPHS[row.status],
            "late": (row.decided_at or now) >= row.due_at and row.status != AnnouncementStatus.WITHDRAWN,
        }
        for row in announcements_of(org_id)
    ]
    kinds = [(kind, _(LABELS[NoticeType(kind)])) for kind in WRITTEN]
    context = {"rows": rows, "kinds": kinds, "rule": _rule(actor_of(request))}
    return render(request, "oversight/announcements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, kind: str) -> HttpResponse:
    actor = actor_of(request)
    actor.require_kind(Kind.SUPERVISOR)
    if kind not in WRITTEN:
        raise NotFound()
    form = AnnouncementForm(request.POST or None, kind=kind)
    made = done(form, lambda: services.draft(actor=actor, kind=kind, content=form.content()))
    return to(made) if made else _form_page(request, form, kind)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = access.announcement_to_see(actor, announcement_id)
    form = AnnouncementForm(request.POST or None, kind=row.kind, row=row)
    made = done(
        form,
        lambda: services.edit(
            actor=actor,
            announcement_id=row.pk,
            version=form.cleaned_data["version"] or 0,
            content=form.content(),
        ),
    )
    return to(made) if made else _form_page(request, form, row.kind)


@require_safe
def one(request: HttpRequest, announcement_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    return _page(request, access.announcement_to_see(actor, announcement_id), actor, NoteForm())


@require_POST
def do(request: HttpRequest, announcement_id: UUID, verb: str) -> HttpResponse:
    actor = actor_of(request)
    row = access.announcement_to_see(actor, announcement_id)
    given = request.POST.get("version", "")
    version = int(given) if given.isdecimal() and len(given) < 9 else 0
    note = NoteForm(request.POST if verb == "send_back" else None)
    acts: dict[str, Callable[[], Announcement | None]] = {
        "submit": lambda: services.submit(actor=actor, announcement_id=row.pk, version=version),
        "publish": lambda: services.publish(actor=actor, announcement_id=row.pk, version=version),
        "withdraw": lambda: services.withdraw(actor=actor, announcement_id=row.pk),
        "send_back": lambda: done(
            note, lambda: services.send_back(actor=actor, announcement_id=row.pk, **note.cleaned_data)
        ),
    }
    if verb not in acts:
        raise NotFound()
    made = acts[verb]()
    if made is None:
        return _page(request, row, actor, note)
    said = {
        "submit": _("Somebody else of your office can now read and publish it."),
        "publish": _("The notice is public."),
    }
    if verb in said:
        messages.success(request, said[verb])
    return to(made)


def _rule(actor: Actor) -> Rule:
    return law(beijing_date(clock.now()), actor.region or None).cite(services.RULE)


def _page(request: HttpRequest, row: Announcement, actor: Actor, note: NoteForm) -> HttpResponse:
    wrote = str(actor.user_id) in row.editors
    context = {
        "row": row,
        "type": _(LABELS[NoticeType(row.kind)]),
        "word": _(STATUS_WORDS[row.status]),
        "glyph": GLYPHS[row.status],
        "mark": _(MARK_WORDS[row.mark]) if row.mark else "",
        "is_draft": row.status == AnnouncementStatus.DRAFT,
        "waits": row.status == AnnouncementStatus.SUBMITTED,
        "may_publish": row.status == AnnouncementStatus.SUBMITTED and not wrote,
        "late": (row.decided_at or clock.now()) >= row.due_at,
        "note_form": note,
        "rule": _rule(actor),
    }
    return render(request, "oversight/announcement.html", context, status=422 if note.errors else 200)


def _form_page(request: HttpRequest, form: AnnouncementForm, kind: str) -> HttpResponse:
    context = {"form": form, "type": _(LABELS[NoticeType(kind)])}
    return render(request, "oversight/announcement_form.html", context, status=422 if form.errors else 200)
