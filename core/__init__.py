"""Core: what every package stands on, and no noun of procurement.

Owns: errors, money, clock, working days, transitions, law packs, audit trail, transparency log, timers, inbox.
Others may call: everything here; nothing here imports another package.
"""
