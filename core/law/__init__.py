"""Law as dated data: statutory values with their citation, how certain they are, and the packs they stand in.

Owns: packs/ (one table per jurisdiction), data/ (calendar, size thresholds, fee scales).   Pure: no Django.
Others may call: current.book, current.law; LawBook.law; Law.value, cite, end_of, back_from;
deadlines.deadline.
"""
