"""Reads of the mall: catalogue, carts, orders."""
