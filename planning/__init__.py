"""Planning (采购计划): what may be spent, what is to be bought, and that no fen is promised twice.

Law: 《政府采购法》第六条, 第三十三条; 《实施条例》第二十九条 (实施计划备案).
Owns: BudgetLine, BudgetChange, Reservation, Plan; what precedes a notice: Entrustment, Requirement; ClauseVersion.
Others may call: services.budget (reserve, commit, release, spend), services.plans (start, reopen, finish);
selectors.plan_facts, budget_facts, entrustment_of, publishing_desk, requirement_of; clauses.in_force; guides (guiding
catalogues by dates); rules, guide (pure).
"""
