"""Addresses of the mall."""

from __future__ import annotations

from django.urls import path

from mall.views import cart, catalogue, offers, orders

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
    path("mall/offers/", offers.offers, name="offers"),
    path("mall/offers/<uuid:entrant_id>/<str:item_no>/", offers.new, name="offer_new"),
    path("mall/offers/<uuid:offer_id>", offers.change, name="offer"),
]
