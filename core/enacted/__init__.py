"""What regulators have enacted over the packs: values of rules and days of the calendar, published, never changed.

Owns: Enactment.   Others may call: selectors.law, book, calendar; services.enact (oversight only).
"""
