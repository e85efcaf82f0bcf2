"""Words for kinds, roles and states; what the account pages ask of parties."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from core import regions
from parties.forms import KIND_NAMES, LEVEL_NAMES, ROLE_WORDS, SIZE_NAMES, TIE_NAMES
from parties.models import KeyRecovery
from parties.services import recovery
from parties.states import EVIDENCE_WORDS, MARK_WORDS, REGISTER_WORDS, CapacityStatus

register = template.Library()

WORDS: dict[str, dict[str, Any]] = {
    "kind": {str(key): word for key, word in KIND_NAMES.items()},
    "role": {str(key): word for key, word in ROLE_WORDS.items()},
    "size": {str(key): word for key, word in SIZE_NAMES.items()},
    "tie": {str(key): word for key, word in TIE_NAMES.items()},
    "level": dict(LEVEL_NAMES),
    "mark": {str(key): _(word) for key, word in MARK_WORDS.items()},
    "condition": {str(key): _(word) for key, word in EVIDENCE_WORDS.items()},
    "register": {str(key): _(word) for key, word in REGISTER_WORDS.items()},
    "capacity": {
        str(CapacityStatus.APPLIED): _("being verified"),
        str(CapacityStatus.VERIFIED): _("verified"),
        str(CapacityStatus.REFUSED): _("refused"),
        str(CapacityStatus.SUSPENDED): _("suspended"),
    },
}
GLYPH_OF = {
    str(CapacityStatus.APPLIED): "waiting",
    str(CapacityStatus.VERIFIED): "done",
    str(CapacityStatus.REFUSED): "failed",
    str(CapacityStatus.SUSPENDED): "held",
}


@register.filter
def word(value: object, of: str) -> Any:
    """Give the word for a kind, role, size, tie, level or capacity state; unknown values as they are."""
    return WORDS[of].get(str(value), value)


@register.filter
def capacity_glyph(value: object) -> str:
    """Give the glyph that goes with a capacity's state."""
    return GLYPH_OF.get(str(value), "info")


@register.filter
def region_name(code: str) -> str:
    """Give the full name of a region, or the code when there is none."""
    try:
        return regions.full_name(code)
    except regions.UnknownRegion:
        return code


@register.simple_tag
def open_recovery(user: Any) -> KeyRecovery | None:
    """Give this person's open request to sign in without a passkey, or None."""
    return recovery.open_of(user.pk)
