"""Benchmarks: each measures ours and its limit or peer in turns, in one run on one machine, and reports the ratio.

`manage.py bench NAME` starts one as a process of its own, with a temporary `MINGCAI_VAR`, database and ports; a
demonstration beside it is never read or written. Add one: a module with `run(size)` here and its row in `catalogue`.
"""
