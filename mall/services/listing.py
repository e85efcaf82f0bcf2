"""Fill the catalogue: categories, products, pictures, offers."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from contracting.facts import EntrantFacts
from contracting.selectors import agreement_facts, entrant_facts
from contracting.states import EntrantStatus
from core import clock
from core.audit.services import record
from core.errors import Conflict, Invalid, NotFound, Refused, gettext_noop
from core.money import UnitPrice
from disclosure import search
from mall.facts import OfferFacts, ProductFacts
from mall.models import Category, Offer, Picture, Product
from mall.pictures import PICTURE_TYPES, place_of
from mall.selectors.catalogue import offer_facts, product_facts
from parties.access import Actor
from planning import catalogue

LAST_PLACE = 1000
"""Place of a category that came with an agreement, behind those that were put in order."""
MOST_PICTURES = 8
MOST_PIXELS = 24_000_000
MOST_BYTES = 5 * 1024 * 1024


NOT_ADMITTED = {
    EntrantStatus.NAMED: gettext_noop("You can sell once both sides have signed the framework agreement."),
    EntrantStatus.LEFT: gettext_noop("You have left this agreement."),
    EntrantStatus.EXPELLED: gettext_noop("You are no longer admitted to this agreement."),
}


class AlreadyListed(Conflict):
    """The mall has this product; add an offer to it instead."""

    code = "already-listed"
    title = gettext_noop("This product is listed already")


class AboveAgreedPrice(Refused):
    """An offer may not ask more than the supplier has agreed to."""

    code = "above-agreed-price"
    title = gettext_noop("The price is above the agreed price")
    status = 422


def add_category(
    *, actor_label: str, code: str, edition: str, name: str, name_en: str, kind: str, place: int = 0
) -> None:
    """Add or rename a category of the mall; `code` is an item code (品目)."""
    Category.objects.update_or_create(
        code=code,
        defaults={"edition": edition, "name": name, "name_en": name_en, "kind": kind, "place": place},
    )
    record(actor=actor_label, verb="add_category", subject=f"category.{code}", name=name)


@transaction.atomic
def list_product(
    *,
    actor_label: str,
    category_code: str,
    name: str,
    brand: str,
    model: str,
    spec: str,
    unit: str,
    name_en: str = "",
    attributes: Sequence[tuple[str, str]] = (),
    reference_price: UnitPrice | None = None,
    reference_source: str = "",
    reference_on: date | None = None,
) -> ProductFacts:
    """List a product once, for good: its words stay as they are. For a service `spec` is its scope.

    `reference_price` is a price outside this mall, with where and when it was seen. Raises Invalid, AlreadyListed,
    NotFound (no such category).
    """
    now = clock.now()
    category = Category.objects.filter(code=category_code).first()
    if category is None:
        raise NotFound()
    said = {"name": name, "brand": brand, "model": model, "spec": spec, "unit": unit}
    errors = {
        field: gettext_noop("This is missing from the product.")
        for field, value in said.items()
        if not value.strip()
    }
    if errors:
        raise Invalid(errors=errors)
    key = search.product_key(said)
    if Product.objects.filter(key=key).exists():
        raise AlreadyListed(name=name, brand=brand, model=model)

    words = [name, name_en, brand, model, spec, category.name, category.name_en]
    words += [part for pair in attributes for part in pair]
    row = Product.objects.create(
        position=int(now.timestamp() * 1000) * 2**20 + secrets.randbelow(2**20),
        category=category,
        name_en=name_en,
        attributes=[list(pair) for pair in attributes],
        key=key,
        reference_price=reference_price.amount if reference_price else None,
        reference_source=reference_source,
        reference_on=reference_on,
        search_text=search.normalised(" ".join(words)),
        listed_by=actor_label,
        listed_at=now,
        **said,
    )
    search.add(Product, [(row.position, row.search_text)])
    record(actor=actor_label, verb="list_product", subject=f"product.{row.pk}", brand=brand, model=model)
    return product_facts(row.pk)


@transaction.atomic
def add_picture(*, actor_label: str, product_id: UUID, data: bytes, alt: str) -> str:
    """Add a picture (PNG, JPEG or WebP) to a product and give its SHA-256, by which it is served.

    `alt` says what it shows. The same picture of several products is stored once. Raises Invalid, NotFound.
    """
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    if product is None:
        raise NotFound()
    width, height, media_type = _measured(data)
    if not alt.strip():
        raise Invalid(errors={"alt": gettext_noop("Say what the picture shows.")})
    number = product.pictures.count() + 1
    if number > MOST_PICTURES:
        raise Invalid(errors={"picture": gettext_noop("A product has at most eight pictures.")})

    sha256 = hashlib.sha256(data).hexdigest()
    store, name = storages["default"], place_of(sha256)
    if not store.exists(name):
        store.save(name, ContentFile(data))
    Picture.objects.create(
        product=product,
        no=number,
        sha256=sha256,
        media_type=media_type,
        width=width,
        height=height,
        alt=alt.strip(),
    )
    record(actor=actor_label, verb="add_picture", subject=f"product.{product.pk}", sha256=sha256)
    return sha256


def _measured(data: bytes) -> tuple[int, int, str]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            media_type = PICTURE_TYPES.get(image.format or "", "")
            if media_type and width * height <= MOST_PIXELS and len(data) <= MOST_BYTES:
                image.verify()
                return width, height, media_type
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid(errors={"picture": gettext_noop("This is no picture.")}) from error
    raise Invalid(errors={"picture": gettext_noop("A picture is PNG, JPEG or WebP, of at most 5 MB.")})


@transaction.atomic
def set_offer(
    *,
    actor: Actor,
    product_id: UUID,
    entrant_id: UUID,
    item_no: str,
    price: UnitPrice,
    stock: int,
    delivery_days: int,
    warranty_months: int = 0,
    listed: bool = True,
) -> OfferFacts:
    """Offer a product, or change one's offer of it: at most the price agreed for `item_no` of the agreement.

    By the supplier whose entry it is; orders placed before keep their price. Raises NotFound, Invalid,
    AboveAgreedPrice, NotInForce (expelled).   Source: 财政部令第110号第十三条.
    """
    org_id = actor.require_kind("supplier")
    entrant = entrant_facts(entrant_id)
    if entrant.supplier_id != org_id or not Product.objects.filter(pk=product_id).exists():
        raise NotFound()
    agreed = _agreed(entrant, item_no)
    if price > agreed[1]:
        raise AboveAgreedPrice(
            gettext_noop("You agreed to at most %(agreed)s; you ask %(asked)s."),
            rule="F-05",
            agreed=str(agreed[1]),
            asked=str(price),
        )
    errors = {}
    if price.amount <= 0:
        errors["price"] = gettext_noop("The price must be above zero.")
    if stock < 0 or delivery_days < 0 or warranty_months < 0:
        errors["stock"] = gettext_noop("Give whole numbers that are not below zero.")
    if entrant.status != EntrantStatus.ADMITTED and listed:
        errors["entrant"] = NOT_ADMITTED[EntrantStatus(entrant.status)]
    if errors:
        raise Invalid(errors=errors)

    row, _ = Offer.objects.update_or_create(
        product_id=product_id,
        entrant_id=entrant_id,
        defaults={
            "agreed_id": agreed[0],
            "price": price.amount,
            "stock": stock,
            "delivery_days": delivery_days,
            "warranty_months": warranty_months,
            "listed": listed,
            "changed_at": clock.now(),
        },
    )
    record(
        actor=actor.label,
        verb="set_offer",
        subject=f"offer.{row.pk}",
        price=str(price),
        stock=stock,
        listed=listed,
    )
    return offer_facts(row.pk)


@transaction.atomic
def offer_item(
    *,
    actor: Actor,
    entrant_id: UUID,
    item_no: str,
    brand: str,
    model: str,
    spec: str,
    price: UnitPrice,
    stock: int,
    delivery_days: int,
    warranty_months: int = 0,
) -> OfferFacts:
    """List what a supplier delivers for one item of its framework agreement, with its own offer; nobody else decides on it.

    The agreement's item gives name, unit and category; a product that the mall has already gets the offer. Raises NotFound,
    Invalid, AboveAgreedPrice.   Source: 财政部令第110号第十三条.
    """
    entrant = entrant_facts(entrant_id)
    if entrant.supplier_id != actor.require_kind("supplier"):
        raise NotFound()
    agreement = agreement_facts(entrant.agreement_id)
    item = next((row for row in agreement.items if row.no == item_no), None)
    if item is None:
        raise NotFound()
    named = catalogue.name_of(item.code, item.edition)
    if not Category.objects.filter(code=item.code).exists():
        add_category(
            actor_label=actor.label,
            code=item.code,
            edition=item.edition,
            name=named,
            name_en=named,
            kind=agreement.category,
            place=LAST_PLACE,
        )
    said: dict[str, Any] = {
        "name": item.name,
        "brand": brand.strip(),
        "model": model.strip(),
        "spec": spec,
        "unit": item.unit,
    }
    known = Product.objects.filter(key=search.product_key(said)).values_list("pk", flat=True).first()
    product_id = known or list_product(actor_label=actor.label, category_code=item.code, **said).id
    return set_offer(
        actor=actor,
        product_id=product_id,
        entrant_id=entrant_id,
        item_no=item_no,
        price=price,
        stock=stock,
        delivery_days=delivery_days,
        warranty_months=warranty_months,
    )


def _agreed(entrant: EntrantFacts, item_no: str) -> tuple[int, UnitPrice]:
    found = next((row for row in entrant.prices if row.item_no == item_no), None)
    if found is None:
        raise Invalid(errors={"item_no": gettext_noop("The agreement has no price of yours for this item.")})
    return found.id, found.price
