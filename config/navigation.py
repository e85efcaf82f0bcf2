"""The four areas of work – execution, management, online service, decision analysis – and what each desk finds there."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext, gettext_noop

from parties.states import Kind

P, A, S, V = Kind.PURCHASER, Kind.AGENCY, Kind.SUPPLIER, Kind.SUPERVISOR
EVERYBODY = frozenset(Kind) | {"expert", "none"}

# (area, ((label, name of the address, who finds it there), …))
AREAS: tuple[tuple[str, tuple[tuple[str, str, frozenset[str]], ...]], ...] = (
    (
        gettext_noop("Procurement execution"),
        (
            (gettext_noop("Tenders"), "tendering:list", frozenset({P, A})),
            (gettext_noop("Open tenders"), "portal:notices", frozenset({S})),
            (gettext_noop("Contracts"), "contracting:list", frozenset({P, A, S, V})),
            (gettext_noop("Challenges and complaints"), "oversight:disputes", frozenset({P, A, S, V})),
            (gettext_noop("E-mall"), "mall:browse", frozenset({P})),
            (gettext_noop("Orders"), "mall:orders", frozenset({P, S, V})),
            (gettext_noop("My offers in the mall"), "mall:offers", frozenset({S})),
        ),
    ),
    (
        gettext_noop("Procurement management"),
        (
            (gettext_noop("Budget and plans"), "planning:lines", frozenset({P})),
            (gettext_noop("Organisation"), "parties:organisation", frozenset(Kind)),
            (gettext_noop("People"), "parties:people", frozenset(Kind)),
            (gettext_noop("Applications of organisations"), "parties:capacities", frozenset({V})),
            (gettext_noop("Register of experts"), "parties:experts", frozenset({V})),
            (gettext_noop("My entry as an expert"), "parties:expert", frozenset({"expert"})),
            (gettext_noop("Bad records"), "parties:sanctions", frozenset({V})),
            (gettext_noop("Decisions to publish"), "oversight:announcements", frozenset({V})),
            (gettext_noop("Rules and working days"), "oversight:changes", frozenset({V})),
            (gettext_noop("Live evaluation rooms"), "evaluation:wall", frozenset({V})),
            (gettext_noop("Clause library"), "planning:clauses", frozenset({P, A, V})),
        ),
    ),
    (
        gettext_noop("Online service"),
        (
            (gettext_noop("Inbox"), "desk", EVERYBODY),
            (gettext_noop("What is due"), "board", frozenset({P, A, V})),
            (gettext_noop("Try camera and line"), "evaluation:trial", frozenset({"expert"})),
            (gettext_noop("Register an organisation"), "parties:organisation_new", frozenset({"none"})),
            (gettext_noop("Passkeys and sign-in"), "mfa_index", EVERYBODY),
            (gettext_noop("Public notices"), "portal:notices", EVERYBODY),
        ),
    ),
    (
        gettext_noop("Decision analysis"),
        (
            (gettext_noop("Transaction records"), "portal:transactions", EVERYBODY),
            (gettext_noop("Open data"), "portal:open_data", EVERYBODY),
            (gettext_noop("Transparency log"), "portal:log", EVERYBODY),
        ),
    ),
)


def work_areas(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the areas with the entries that this person's desk has."""
    actor = getattr(request, "actor", None)
    if actor is None or not actor.is_authenticated:
        return {"work_areas": []}
    mine: set[str] = {kind for kind in Kind if actor.acts_as(kind)}
    mine |= {"expert"} if actor.expert_id else set()
    mine |= set() if mine else {"none"}
    areas = []
    for label, entries in AREAS:
        found = [
            {"label": gettext(name), "url": url}
            for name, address, who in entries
            if who & mine and (url := _address(address))
        ]
        if found:
            areas.append(
                {
                    "label": gettext(label),
                    "items": found,
                    "url": found[0]["url"],
                    "current": any(row["url"] == request.path for row in found),
                }
            )
    return {"work_areas": areas}


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
