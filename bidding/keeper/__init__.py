"""The keeper (保管方): a small independent service that releases shares of sealed bids on time.

A separate process with its own keys, store and clock; no Django, no access to bids.   `decide` is the rule,
`entries` reads the log (ENTRIES.md), `monitor` and `witness` watch it, `server` answers, `client` asks.
"""
