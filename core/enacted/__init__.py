"""What regulators have enacted over the packs: values of rules, days of the calendar and guiding
catalogues, published, never changed.

Owns: Enactment.   Others may call: selectors.law, book, calendar; services.enact (oversight only).
"""
