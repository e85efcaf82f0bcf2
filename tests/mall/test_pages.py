"""The mall's pages work without JavaScript: find, compare, put into the cart, order, follow."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from contracting.models import FrameworkAgreement
from core import clock
from core.errors import Invalid, NotFound
from core.money import UnitPrice
from mall.models import CartLine, Offer, Order
from mall.selectors import catalogue
from mall.services import listing
from mall.services.listing import AboveAgreedPrice, AlreadyListed
from tests.factories import mall as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(shop: Any) -> Any:
    """Three laptops of two brands beside the shop's, and a printer, cheap and out of stock."""
    listing.add_category(
        actor_label="test",
        code="A02021003",
        edition="2022",
        name="A4黑白打印机",
        name_en="Printers",
        kind="goods",
        place=2,
    )
    shop.light = make.product(
        brand="示例远山", model="YS-140", spec="14英寸，1.1kg，32GB内存", reference_price=None
    )
    shop.printer = make.product(
        category_code="A02021003",
        name="A4黑白打印机",
        brand="示例墨田",
        model="MT-33",
        spec="33页/分钟，自动双面",
    )
    make.offer(shop.supplier, shop.agreement, shop.light, price="5400")
    make.offer(shop.cast.supplier_b, shop.agreement, shop.light, price="4999.50", stock=4)
    make.offer(shop.supplier, shop.agreement, shop.printer, price="999", stock=0)
    return shop


def found(**query: Any) -> list[str]:
    given = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    return [row.model for row in catalogue.find(catalogue.read_filters(given)).products]


def test_anyone_finds_products_by_words_and_facets(shelf: Any) -> None:
    own, light, printer = shelf.product.model, "YS-140", "MT-33"
    assert set(found()) == {own, light, printer}
    assert found(q="远山 32GB") == [light]
    assert found(q="打印") == [printer]
    assert found(q="没有这个") == []
    assert found(category="A02021003") == [printer]
    assert found(brand="示例远山") == [light]
    assert found(low="5000", high="5300") == [own]
    assert found(supplier=str(shelf.cast.supplier_b.org_id)) == [light]
    assert set(found(in_stock="1")) == {own, light}
    assert found(sort="price") == [printer, light, own]
    assert found(sort="price_down") == [own, light, printer]
    facets = catalogue.find(catalogue.read_filters({"brand": ["示例远山"]}))
    assert {row.value: row.count for row in facets.brands} == {"示例青竹": 1, "示例远山": 1, "示例墨田": 1}
    assert {row.code: row.products for row in facets.categories} == {"A02010108": 1, "A02021003": 0}
    assert (facets.lowest, facets.highest) == (UnitPrice("4999.50"), UnitPrice("5400"))


@pytest.mark.parametrize(
    "query",
    [
        {"low": ["abc"], "high": ["1e9"]},
        {"supplier": ["x"], "page": ["-1"], "sort": ["worst"]},
        {"q": ["\x00' OR 1=1 --"], "page": ["99999999999"]},
        {"category": ["%"], "brand": ["'"]},
    ],
)
def test_a_wrong_filter_is_left_out_or_finds_nothing(shelf: Any, client: Any, query: dict[str, Any]) -> None:
    assert client.get(reverse("mall:browse"), query).status_code == 200


def test_what_cannot_be_ordered_is_not_shown(shelf: Any) -> None:
    make.offer(shelf.supplier, shelf.agreement, shelf.product, listed=False)
    assert shelf.product.model not in found()
    FrameworkAgreement.objects.update(ends_at=clock.now() - timedelta(seconds=1))
    assert found() == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_the_catalogue_are_complete(shelf: Any, client: Any, language: str) -> None:
    client.cookies["django_language"] = language
    page = client.get(reverse("mall:browse")).content.decode()
    assert "YS-140" in page
    assert "5,200.00" in page
    page = client.get(reverse("mall:product", args=[shelf.light.id])).content.decode()
    assert "4,999.50" in page
    assert shelf.cast.supplier_b.org_name in page


@pytest.mark.requirement("S003-45")
def test_a_buyer_compares_price_quality_and_service_side_by_side(shelf: Any, client: Any) -> None:
    shelf.light = make.product(
        brand="示例远山", model="YS-150", spec="15英寸", attributes=[("重量", "1.4kg"), ("内存", "32GB")]
    )
    other = make.product(brand="示例海岳", model="HY-150", spec="15.6英寸", attributes=[("重量", "1.9kg")])
    make.offer(
        shelf.supplier, shelf.agreement, shelf.light, price="4999.50", delivery_days=3, warranty_months=24
    )
    make.offer(shelf.supplier, shelf.agreement, other, price="5100", delivery_days=11, warranty_months=60)
    page = client.get(
        reverse("mall:compare") + f"?p={shelf.light.id}&p={other.id}&p=nonsense"
    ).content.decode()
    cells = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.S)]
    for row in (["¥4,999.50", "¥5,100.00"], ["3", "11"], ["24", "60"], ["1.4kg", "1.9kg"], ["32GB", "—"]):
        assert any([word for word in found_row if word in row] == row for found_row in cells), row
    lone = client.get(reverse("mall:compare") + f"?p={other.id}").content.decode()
    assert "HY-150" not in lone


def test_at_most_four_products_are_compared(shelf: Any) -> None:
    more = [make.product() for _ in range(4)]
    assert len(catalogue.compared([shelf.light.id, *(row.id for row in more)])) == 4


def test_a_picture_is_kept_for_good_and_never_mistaken(shelf: Any, client: Any) -> None:
    data = make.picture()
    sha256 = listing.add_picture(actor_label="test", product_id=shelf.light.id, data=data, alt="正面")
    listing.add_picture(actor_label="test", product_id=shelf.product.id, data=data, alt="正面")
    answer = client.get(reverse("mall:picture", args=[sha256]))
    assert answer.content == data
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]
    again = client.get(reverse("mall:picture", args=[sha256]), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(reverse("mall:picture", args=["0" * 64])).status_code == 404
    assert client.get("/mall/pictures/..%2Fsecret").status_code == 404
    for wrong in (b"<svg onload=alert(1)>", b"", data[:40]):
        with pytest.raises(Invalid):
            listing.add_picture(actor_label="test", product_id=shelf.light.id, data=wrong, alt="x")
    assert len(catalogue.product_facts(shelf.light.id).pictures) == 1


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the first order form of the cart."""
    form = page[page.index('class="place"') :]
    return dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")])
    )


def test_a_purchaser_orders_in_four_steps_and_a_second_click_changes_nothing(
    shelf: Any, signed_in: Any
) -> None:
    client = signed_in(shelf.buyer)
    put = {"offer_id": str(shelf.offer.id), "quantity": "2", "add": "1", "next": reverse("mall:browse")}
    assert client.post(reverse("mall:put"), put)["Location"] == reverse("mall:browse")
    client.post(reverse("mall:put"), {**put, "quantity": "1", "next": "https://elsewhere.example/"})
    assert CartLine.objects.get().quantity == 3
    page = client.get(reverse("mall:cart")).content.decode()
    assert "15,600.00" in page
    given = {**hidden(page), "budget_line_id": str(shelf.line.id), "deliver_to": "杭州市示例路1号"}
    assert given["expected"] == "15600.00"
    first = client.post(reverse("mall:place_order"), given)
    again = client.post(reverse("mall:place_order"), given)
    assert first.status_code == 303
    assert first["Location"] == again["Location"]
    assert Order.objects.count() == 1
    page = client.get(first["Location"]).content.decode()
    assert Order.objects.get().order_no in page
    assert client.get(reverse("mall:orders")).status_code == 200


def test_a_refused_order_says_why_and_keeps_what_was_entered(shelf: Any, signed_in: Any) -> None:
    client = signed_in(shelf.buyer)
    client.post(reverse("mall:put"), {"offer_id": str(shelf.offer.id), "quantity": "2"})
    given = hidden(client.get(reverse("mall:cart")).content.decode())
    given |= {"budget_line_id": str(shelf.line.id), "deliver_to": "后勤处 3 楼"}
    missing = client.post(reverse("mall:place_order"), {**given, "deliver_to": ""})
    assert missing.status_code == 422
    Offer.objects.update(stock=1)
    refused = client.post(reverse("mall:place_order"), given)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "error-summary" in page
    assert "后勤处 3 楼" in page
    assert not Order.objects.exists()
    assert CartLine.objects.count() == 1


def test_the_two_sides_act_on_an_order_through_its_page(shelf: Any, signed_in: Any, client: Any) -> None:
    order = make.order(shelf.buyer, shelf.line, shelf.offer)
    page = reverse("mall:order", args=[order.id])
    signed_in(shelf.supplier)
    assert reverse("mall:act", args=[order.id, "confirm"]) in client.get(page).content.decode()
    refused = client.post(reverse("mall:act", args=[order.id, "decline"]), {"reason": ""})
    assert refused.status_code == 422
    assert client.post(reverse("mall:act", args=[order.id, "confirm"])).status_code == 303
    assert client.post(reverse("mall:act", args=[order.id, "deliver"])).status_code == 303
    assert client.post(reverse("mall:act", args=[order.id, "explode"])).status_code == 404
    signed_in(shelf.buyer)
    fragment = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert reverse("mall:act", args=[order.id, "receive"]) in fragment
    assert client.post(reverse("mall:act", args=[order.id, "receive"])).status_code == 303
    assert Order.objects.get().status == "received"


def test_a_supplier_changes_price_and_stock_but_not_above_the_agreed_price(
    shelf: Any, signed_in: Any
) -> None:
    client = signed_in(shelf.supplier)
    assert client.get(reverse("mall:offers")).status_code == 200
    url = reverse("mall:offer", args=[shelf.offer.id])
    given = {"price": "5100.00", "stock": "7", "delivery_days": "3", "warranty_months": "36", "listed": "on"}
    assert client.post(url, given).status_code == 303
    row = Offer.objects.get(pk=shelf.offer.id)
    assert (row.price, row.stock) == (UnitPrice("5100").amount, 7)
    assert client.post(url, {**given, "price": "5500.01"}).status_code == 422
    assert client.post(url, {**given, "price": "cheap"}).status_code == 422
    assert Offer.objects.get(pk=shelf.offer.id).price == UnitPrice("5100").amount
    with pytest.raises(AboveAgreedPrice):
        make.offer(shelf.supplier, shelf.agreement, shelf.product, price="5500.01")
    with pytest.raises(NotFound):
        listing.set_offer(
            actor=shelf.cast.outsider,
            product_id=shelf.product.id,
            entrant_id=shelf.agreement.entrants[0].id,
            item_no="1",
            price=UnitPrice("1"),
            stock=1,
            delivery_days=1,
        )


def test_a_product_is_listed_once(shelf: Any) -> None:
    with pytest.raises(AlreadyListed):
        make.product(brand="示例远山", model="YS-140", spec="另一种说法")
    with pytest.raises(Invalid):
        make.product(spec=" ")


def test_every_state_of_an_order_has_its_chinese_word() -> None:
    with translation.override("zh-hans"):
        from mall.states import STATUS_WORDS

        assert all(translation.gettext(word) != word for word in STATUS_WORDS.values())
