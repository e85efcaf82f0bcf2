"""Bidding (投标、响应): sealing, submission, withdrawal and opening (开标) of bids.

Law: 财政部令第87号.   Owns: bids and their openings; `sealing` and `keeper` are pure and stand alone.
"""
