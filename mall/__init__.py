"""E-mall (电子卖场): catalogue, offers under framework agreements, cart and direct order (直接订购).

Law: 《政府采购框架协议采购方式管理暂行办法》(财政部令第110号); 财库〔2017〕86号 (成交记录公开).
Owns: Category, Product, Picture, Offer, CartLine, Order.
Others may call: services.ordering.place; services.fulfilling (confirm, decline, deliver, receive …);
services.listing (add_category, list_product, add_picture, set_offer); selectors.catalogue, selectors.orders;
access.stream_to_view; demo.catalogue.seed_catalogue, demo.orders.seed_orders.
"""
