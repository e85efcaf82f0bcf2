"""What a team writes: versions of parts as ciphertext, and new keys when its readers change."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from bidding import drafts
from bidding.models import Draft, DraftPart, DraftSection
from bidding.sealing.context import AGE_HYBRID, STANZA_OF
from bidding.services.drafting import RULE
from bidding.services.draftkeys import read_age
from core import clock
from core.audit.services import record as record_act
from core.errors import Conflict, Forbidden, Invalid, NotFound, gettext_noop
from parties.access import Actor
from storage import uploads

ENVELOPE_BYTES = 256 * 1024
LEAST_BYTES = 12 + 16  # nonce and tag
MOST_BYTES = 128 * 1024
UPLOADS_MOST = 200
RANGE = 2**31


class Behind(Conflict):
    """Somebody wrote the part since the version that this one goes on from."""

    code = "part-changed"
    title = gettext_noop("A colleague has saved this part meanwhile")


class KeyOutdated(Conflict):
    """The section needs a new key before anything more is written under it."""

    code = "key-outdated"
    title = gettext_noop("Those who read this part have changed")


def read_ciphertext(text: Any) -> bytes:
    """Give the bytes of a part. Raises Invalid."""
    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Invalid(gettext_noop("The part cannot be read.")) from None
    if not LEAST_BYTES <= len(data) <= MOST_BYTES:
        raise Invalid(gettext_noop("The part is too long. Put long texts into an attachment."))
    return data


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < RANGE:
        raise Invalid(gettext_noop("Versions are whole numbers."))
    return value


@transaction.atomic
def write(*, actor: Actor, draft_id: uuid.UUID, name: str, body: Mapping[str, Any]) -> int:
    """Keep the next version of a part; gives its number.

    `body` is {base, generation, content, uploads}: the version it goes on from, the section's key it is under, the
    ciphertext in base64, and the uploads that belong to it. Raises NotFound (not a reader), Forbidden (a reader who
    does not write it), KeyOutdated, Behind, Invalid, UploadKept; then nothing is kept.
    """
    team, me = drafts.to_read(actor, draft_id)
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    part = next((one for one in drafts.parts_of(team) if one.name == name), None)
    if part is None or not me.reads(part.section):
        raise NotFound()
    if not me.may_write(part):
        raise Forbidden(gettext_noop("The owner of the draft has not named you for this part."))
    base, generation = _number(body.get("base")), _number(body.get("generation"))
    content = read_ciphertext(body.get("content"))
    names = _uploads(body.get("uploads", []))
    section = DraftSection.objects.filter(draft=draft, name=part.section).first()
    if section is None or section.generation != generation or left(section, team):
        raise KeyOutdated(gettext_noop("Load the page again: your browser then makes a new key."))
    before = DraftPart.objects.filter(draft=draft, name=name).first()
    if base != (before.version if before else 0):
        raise _behind(before)
    _hold(draft, before.uploads if before else [], names)
    DraftPart.objects.update_or_create(
        draft=draft,
        name=name,
        defaults={
            "section": part.section,
            "version": base + 1,
            "content": content,
            "uploads": names,
            "written_by_id": me.user_id,
            "written_at": clock.now(),
        },
    )
    record_act(
        actor=actor.label,
        verb="write-draft",
        subject=f"draft.{draft_id}",
        rule=RULE,
        part=name,
        version=base + 1,
        bytes=len(content),
    )
    return base + 1


def _behind(before: DraftPart | None) -> Behind:
    if before is None:
        return Behind(gettext_noop("It was deleted. What you wrote is still on your page."), version=0)
    return Behind(
        gettext_noop("%(name)s saved version %(version)s. What you wrote is still on your page."),
        name=before.written_by.name,
        version=before.version,
    )


def left(section: DraftSection, team: drafts.Team) -> bool:
    """Tell whether the section's key is held by somebody who no longer reads it: who was removed, left, or has a new key."""
    return not section.readers.items() <= team.readers(section.name).items()


def _uploads(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > UPLOADS_MOST:
        raise Invalid(gettext_noop("A part holds at most %(most)s files."), most=UPLOADS_MOST)
    try:
        return sorted({str(uuid.UUID(one)) for one in value})
    except (TypeError, ValueError, AttributeError):
        raise Invalid(gettext_noop("The files of a part are named by their uploads.")) from None


def _hold(draft: Draft, before: list[str], now: list[str]) -> None:
    owner, kept_for = f"organisation.{draft.supplier_id}", f"draft.{draft.pk}"
    held = DraftPart.objects.filter(draft=draft).values_list("uploads", flat=True)
    for one in set(now) - set(before):
        # A file belongs to one part: else whoever knew its id could read its ciphertext, or drop it, through another.
        if uploads.find(uuid.UUID(one), owner).purpose != kept_for or any(one in row for row in held):
            raise NotFound()
        uploads.keep(upload_id=uuid.UUID(one), owner=owner, kept_for=kept_for)
    for one in set(before) - set(now):
        uploads.release(upload_id=uuid.UUID(one), owner=owner, kept_for=kept_for)


@transaction.atomic
def rekey(*, actor: Actor, draft_id: uuid.UUID, name: str, body: Mapping[str, Any]) -> int:
    """Put a section under a new key for those who read it now, all its parts with it; gives the key's generation.

    `body` is {generation, envelope, readers, parts}: the next generation, an age file with one stanza for each reader,
    {user id: key id}, and {part: {base, content}} for every part that was written. The first key is made by the owner.
    Somebody who is named and whose key nobody has confirmed yet may be left out; no present reader may, and nobody may
    be in who is not named. Raises NotFound, Forbidden, KeyOutdated (somebody was faster, or the people have changed),
    Behind, Invalid; then nothing is kept.
    """
    team, me = drafts.to_read(actor, draft_id)
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    if name not in drafts.ENVELOPE_OF or not me.reads(name):
        raise NotFound()
    section = DraftSection.objects.filter(draft=draft, name=name).first()
    if section is None and not me.owner:
        raise Forbidden(gettext_noop("The owner of the draft makes the first key."))
    if section is not None and section.readers.get(str(me.user_id)) != me.key_id:
        raise Forbidden(gettext_noop("A colleague who holds the present key must give you access first."))
    generation = _number(body.get("generation"))
    readers = body.get("readers")
    if not isinstance(readers, dict) or str(me.user_id) not in readers:
        raise Invalid(gettext_noop("A new key is also for whoever makes it."))
    now = team.readers(name)
    stay = (section.readers if section else {}).items() & now.items()
    if generation != (section.generation if section else 0) + 1 or not stay <= readers.items() <= now.items():
        raise KeyOutdated(gettext_noop("Load the page again: those who read this part have changed."))
    envelope, header = read_age(body.get("envelope"), ENVELOPE_BYTES)
    kinds = [stanza.arguments[0] for stanza in header.stanzas]
    if kinds != [STANZA_OF[AGE_HYBRID]] * len(readers):
        raise Invalid(gettext_noop("The key must be encrypted once for every reader, and to nobody else."))
    _carry_over(draft, name, body.get("parts"))
    DraftSection.objects.update_or_create(
        draft=draft,
        name=name,
        defaults={
            "generation": generation,
            "envelope": base64.b64encode(envelope).decode(),
            "readers": readers,
        },
    )
    record_act(
        actor=actor.label,
        verb="rekey-draft",
        subject=f"draft.{draft_id}",
        rule=RULE,
        section=name,
        generation=generation,
        readers=readers,
    )
    return generation


def _carry_over(draft: Draft, section: str, given: Any) -> None:
    """Keep every part of a section under its new key: the same content, one version on, by whoever wrote it last."""
    parts = {row.name: row for row in DraftPart.objects.filter(draft=draft, section=section)}
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise Invalid(gettext_noop("The part cannot be read."))
    for name in given.keys() ^ parts.keys():
        raise _behind(parts.get(name))
    for name, row in parts.items():
        if _number(given[name].get("base")) != row.version:
            raise _behind(row)
        row.content, row.version = read_ciphertext(given[name].get("content")), row.version + 1
        row.save(update_fields=["content", "version"])


def read(*, actor: Actor, draft_id: uuid.UUID, name: str) -> dict[str, Any]:
    """Give the newest version of a part to one who reads its section. Raises NotFound."""
    team, me = drafts.to_read(actor, draft_id)
    row = DraftPart.objects.filter(draft=team.draft, name=name).first()
    if row is None or not me.reads(row.section):
        raise NotFound()
    return {"version": row.version, "content": base64.b64encode(bytes(row.content)).decode()}


def file(*, actor: Actor, draft_id: uuid.UUID, upload_id: uuid.UUID) -> uploads.UploadFacts:
    """Give the ciphertext of a file to one who reads the section of its part. Raises NotFound."""
    team, me = drafts.to_read(actor, draft_id)
    for row in DraftPart.objects.filter(draft=team.draft).only("section", "uploads"):
        if me.reads(row.section) and str(upload_id) in row.uploads:
            return uploads.find(upload_id, f"organisation.{team.draft.supplier_id}")
    raise NotFound()
