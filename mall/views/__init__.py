"""Pages of the mall: catalogue, cart, orders, offers."""
