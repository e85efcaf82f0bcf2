"""Uptime: the platform measures its own outages, by a heart that beats and by what others signed meanwhile.

Owns: Span, Outage.   Others may call: services.beat; selectors.
"""
