"""Invented goods, pictures and orders for a demonstration; every brand is called 示例 (example)."""
