"""Reads of the catalogue: search, facets, one product, comparison."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum

from contracting.states import AgreementStatus, EntrantStatus
from core import clock
from core.errors import NotFound
from core.money import BadMoney, UnitPrice
from disclosure import search
from mall.facts import CategoryFacts, OfferFacts, PictureFacts, ProductFacts
from mall.models import Category, Offer, Picture, Product
from mall.rules import MOST_COMPARED
from mall.states import Sort

PER_PAGE = 24
MOST_MATCHES = 5000


@dataclass(frozen=True)
class Filters:
    """What a reader asks for; `wrong` names fields that could not be used and were left out."""

    q: str = ""
    category: str = ""
    brands: tuple[str, ...] = ()
    suppliers: tuple[uuid.UUID, ...] = ()
    low: UnitPrice | None = None
    high: UnitPrice | None = None
    in_stock: bool = False
    sort: Sort = Sort.RELEVANT
    page: int = 1
    wrong: tuple[str, ...] = ()

    @cached_property
    def matches(self) -> list[uuid.UUID]:
        """The products that hold every word of `q`: the newest of them, where they are very many."""
        return list(search.find(Product.objects.all(), self.q).values_list("pk", flat=True)[:MOST_MATCHES])


def read_filters(given: Mapping[str, Any]) -> Filters:
    """Read a query string (a QueryDict or a mapping of lists); what cannot be used is left out and named."""
    wrong: list[str] = []

    def many(name: str) -> list[str]:
        values = given.getlist(name) if hasattr(given, "getlist") else list(given.get(name, []))
        return [text.strip() for text in values if text.strip()]

    def one(name: str) -> str:
        return next(iter(many(name)), "")

    def price(name: str) -> UnitPrice | None:
        text = one(name).replace(",", "").replace("，", "")
        try:
            return UnitPrice(text) if text else None
        except BadMoney:
            wrong.append(name)
            return None

    suppliers = []
    for text in many("supplier"):
        try:
            suppliers.append(uuid.UUID(text))
        except ValueError:
            wrong.append("supplier")
    sort, page = one("sort"), one("page")
    return Filters(
        q=one("q").replace("\x00", "")[:100],
        category=one("category")[:20],
        brands=tuple(text[:100] for text in many("brand")[:20]),
        suppliers=tuple(suppliers[:20]),
        low=price("low"),
        high=price("high"),
        in_stock=one("in_stock") == "1",
        sort=Sort(sort) if sort in set(Sort) else Sort.RELEVANT,
        page=int(page) if page.isascii() and page.isdigit() and 0 < int(page[:4]) < 1000 else 1,
        wrong=tuple(wrong),
    )


@dataclass(frozen=True)
class Facet:
    """One value to narrow by: what it is called, how many products, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Found:
    """One page of products with what a reader may narrow by."""

    products: list[ProductFacts]
    total: int
    pages: int
    categories: list[CategoryFacts]
    brands: list[Facet]
    suppliers: list[Facet]
    lowest: UnitPrice | None
    highest: UnitPrice | None
    filters: Filters = field(default_factory=Filters)


def orderable() -> Q:
    """Give the condition that an offer can be ordered now, stock apart."""
    now = clock.now()
    return Q(
        listed=True,
        entrant__status=EntrantStatus.ADMITTED,
        entrant__agreement__status=AgreementStatus.ACTIVE,
        entrant__agreement__starts_at__lte=now,
        entrant__agreement__ends_at__gt=now,
    )


def _offers(filters: Filters, without: frozenset[str]) -> QuerySet[Offer]:
    rows = Offer.objects.filter(orderable()).order_by()
    if filters.in_stock:
        rows = rows.filter(stock__gt=0)
    if filters.suppliers and "supplier" not in without:
        rows = rows.filter(entrant__supplier_id__in=filters.suppliers)
    if "price" not in without:
        if filters.low is not None:
            rows = rows.filter(price__gte=filters.low.amount)
        if filters.high is not None:
            rows = rows.filter(price__lte=filters.high.amount)
    return rows


def _products(filters: Filters, *without: str) -> QuerySet[Product]:
    """Give the products that match, apart from the named filters: a facet counts without its own."""
    left = frozenset(without)
    rows = Product.objects.order_by()
    if filters.q:
        rows = rows.filter(pk__in=filters.matches)
    if filters.category and "category" not in left:
        rows = rows.filter(category__code__startswith=filters.category)
    if filters.brands and "brand" not in left:
        rows = rows.filter(brand__in=filters.brands)
    return rows.filter(Exists(_offers(filters, left).filter(product=OuterRef("pk"))))


def find(filters: Filters) -> Found:
    """Give one page of what matches, and the facets."""
    rows = _products(filters)
    total = rows.count()
    pages = max(1, -(-total // PER_PAGE))
    page = min(filters.page, pages)
    matching = _offers(filters, frozenset()).filter(product=OuterRef("pk")).values("product")
    rows = rows.annotate(
        best=Subquery(matching.annotate(x=Min("price")).values("x")),
        sales=Subquery(matching.annotate(x=Sum("sold")).values("x")),
    )
    ids = list(_sorted(rows, filters).values_list("pk", flat=True)[(page - 1) * PER_PAGE : page * PER_PAGE])
    bounds = _offers(filters, frozenset({"price"})).filter(
        product__in=_products(filters, "price").values("pk")
    )
    price = bounds.aggregate(low=Min("price"), high=Max("price"))
    return Found(
        products=products_in_order(ids),
        total=total,
        pages=pages,
        categories=_categories(filters),
        brands=_brands(filters),
        suppliers=_suppliers(filters),
        lowest=UnitPrice(price["low"]) if price["low"] is not None else None,
        highest=UnitPrice(price["high"]) if price["high"] is not None else None,
        filters=filters,
    )


def _sorted(rows: Any, filters: Filters) -> Any:
    if filters.sort == Sort.PRICE:
        return rows.order_by("best", "-position")
    if filters.sort == Sort.PRICE_DOWN:
        return rows.order_by("-best", "-position")
    if filters.sort == Sort.NEWEST:
        return rows.order_by("-position")
    if filters.sort == Sort.RELEVANT and filters.q:
        word = search.terms(filters.q)[0]
        named = Q(name__icontains=word) | Q(model__icontains=word) | Q(brand__icontains=word)
        rows = rows.annotate(named=Exists(Product.objects.filter(named, pk=OuterRef("pk"))))
        return rows.order_by("-named", F("sales").desc(nulls_last=True), "best", "-position")
    return rows.order_by(F("sales").desc(nulls_last=True), "best", "-position")


def _categories(filters: Filters) -> list[CategoryFacts]:
    counts = dict(
        _products(filters, "category").values("category").annotate(n=Count("pk")).values_list("category", "n")
    )
    return [_category(row, counts.get(row.pk, 0)) for row in Category.objects.all()]


def _brands(filters: Filters) -> list[Facet]:
    rows = _products(filters, "brand").values("brand").annotate(n=Count("pk")).order_by("-n", "brand")[:30]
    return [Facet(row["brand"], row["brand"], row["n"], row["brand"] in filters.brands) for row in rows]


def _suppliers(filters: Filters) -> list[Facet]:
    offers = _offers(filters, frozenset({"supplier"})).filter(
        product__in=_products(filters, "supplier").values("pk")
    )
    rows = (
        offers.values("entrant__supplier_id", "entrant__supplier__name")
        .annotate(n=Count("product", distinct=True))
        .order_by("-n", "entrant__supplier__name")[:30]
    )
    return [
        Facet(
            str(row["entrant__supplier_id"]),
            row["entrant__supplier__name"],
            row["n"],
            row["entrant__supplier_id"] in filters.suppliers,
        )
        for row in rows
    ]


def categories() -> list[CategoryFacts]:
    """Give all categories in their order, without counts."""
    return [_category(row, 0) for row in Category.objects.all()]


def _category(row: Category, count: int) -> CategoryFacts:
    return CategoryFacts(row.code, row.edition, row.name, row.name_en, row.kind, count)


def _full() -> QuerySet[Product]:
    offers = (
        Offer.objects.filter(orderable())
        .select_related("entrant__agreement", "entrant__supplier", "agreed__item")
        .order_by("price", "pk")
    )
    return Product.objects.select_related("category").prefetch_related(
        Prefetch("offers", queryset=offers), "pictures"
    )


def products_in_order(ids: Iterable[uuid.UUID]) -> list[ProductFacts]:
    """Give these products with their offers that can be ordered, in this order; unknown ones are left out."""
    wanted = list(ids)
    rows = {row.pk: row for row in _full().filter(pk__in=wanted)}
    return [product_row(rows[pk]) for pk in wanted if pk in rows]


def everything(limit: int = 5000) -> list[ProductFacts]:
    """Give all products that somebody offers now, newest first."""
    rows = _products(Filters()).order_by("-position").values_list("pk", flat=True)
    return products_in_order(rows[:limit])


def compared(ids: Iterable[uuid.UUID]) -> list[ProductFacts]:
    """Give up to four different products to compare."""
    return products_in_order(list(dict.fromkeys(ids))[:MOST_COMPARED])


def product_facts(product_id: uuid.UUID) -> ProductFacts:
    """Give one product, or raise NotFound."""
    row = _full().filter(pk=product_id).first()
    if row is None:
        raise NotFound()
    return product_row(row)


def offer_facts(offer_id: uuid.UUID) -> OfferFacts:
    """Give one offer, orderable or not, or raise NotFound."""
    row = _with_terms().filter(pk=offer_id).first()
    if row is None:
        raise NotFound()
    return offer_row(row)


def offers_of(org_id: uuid.UUID, limit: int = 500) -> list[tuple[ProductFacts, OfferFacts]]:
    """Give a supplier's own offers with their products, newest products first."""
    rows = list(_with_terms().filter(entrant__supplier_id=org_id).order_by("-product__position")[:limit])
    products = {row.id: row for row in products_in_order(row.product_id for row in rows)}
    return [(products[row.product_id], offer_row(row)) for row in rows]


def picture_type(sha256: str) -> str:
    """Give the media type of a picture, or raise NotFound."""
    found = Picture.objects.filter(sha256=sha256).values_list("media_type", flat=True).first()
    if found is None:
        raise NotFound()
    return found


def _with_terms() -> QuerySet[Offer]:
    return Offer.objects.select_related("entrant__agreement", "entrant__supplier", "agreed__item")


def offer_row(row: Offer) -> OfferFacts:
    """Describe an offer whose entrant, agreement, supplier and agreed price are loaded."""
    entrant = row.entrant
    return OfferFacts(
        id=row.pk,
        product_id=row.product_id,
        entrant_id=entrant.pk,
        agreement_id=entrant.agreement_id,
        agreement_no=entrant.agreement.agreement_no,
        supplier_id=entrant.supplier_id,
        supplier_name=entrant.supplier.name,
        price=UnitPrice(row.price),
        agreed=UnitPrice(row.agreed.price),
        ceiling=UnitPrice(row.agreed.item.ceiling),
        stock=row.stock,
        sold=row.sold,
        delivery_days=row.delivery_days,
        warranty_months=row.warranty_months,
        listed=row.listed,
    )


def product_row(row: Product) -> ProductFacts:
    """Describe a product whose category, pictures and offers are loaded."""
    return ProductFacts(
        id=row.pk,
        category_code=row.category.code,
        category_name=row.category.name,
        category_name_en=row.category.name_en,
        kind=row.category.kind,
        name=row.name,
        name_en=row.name_en,
        brand=row.brand,
        model=row.model,
        spec=row.spec,
        attributes=tuple((str(label), str(value)) for label, value in row.attributes),
        unit=row.unit,
        key=row.key,
        reference=UnitPrice(Decimal(row.reference_price)) if row.reference_price is not None else None,
        reference_source=row.reference_source,
        reference_on=row.reference_on,
        pictures=tuple(
            PictureFacts(picture.sha256, picture.width, picture.height, picture.alt)
            for picture in row.pictures.all()
        ),
        offers=tuple(offer_row(offer) for offer in row.offers.all()),
    )
