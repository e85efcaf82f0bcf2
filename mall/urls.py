"""Addresses of the mall."""

from __future__ import annotations

from django.urls import path

from mall.views import cart, catalogue, offers, offlist, orders

app_name = "mall"
urlpatterns = [
    path("mall/", catalogue.browse, name="browse"),
    path("mall/products/<uuid:product_id>/", catalogue.product, name="product"),
    path("mall/compare/", catalogue.compare, name="compare"),
    path("mall/pictures/<str:sha256>", catalogue.picture, name="picture"),
    path("mall/cart/", cart.cart, name="cart"),
    path("mall/cart/lines", cart.put, name="put"),
    path("mall/cart/order", cart.place_order, name="place_order"),
    path("mall/orders/", orders.order_list, name="orders"),
    path("mall/orders/<uuid:order_id>/", orders.order, name="order"),
    path("mall/orders/<uuid:order_id>/<str:verb>", orders.act, name="act"),
    path("mall/off-list/", offlist.listing, name="off_lists"),
    path("mall/off-list/new/<uuid:agreement_id>/", offlist.new, name="off_list_new"),
    path("mall/off-list/<uuid:purchase_id>/", offlist.purchase, name="off_list"),
    path("mall/off-list/<uuid:purchase_id>/evidence", offlist.evidence, name="off_list_evidence"),
    path("mall/off-list/<uuid:purchase_id>/answer", offlist.answer, name="off_list_answer"),
    path("mall/off-list/<uuid:purchase_id>/<str:verb>", offlist.act, name="off_list_act"),
    path("mall/offers/", offers.offers, name="offers"),
    path("mall/offers/<uuid:entrant_id>/<str:item_no>/", offers.new, name="offer_new"),
    path("mall/offers/<uuid:offer_id>", offers.change, name="offer"),
]
