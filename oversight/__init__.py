"""Oversight (监督): the law as data on public pages and its changes by the regulator; challenges and complaints.

Law: 《政府采购法》第十三条、第五十二条至第五十九条; 财政部令第94号; 《民法典》第二百零一条至第二百零三条.
Owns: Change, Challenge, Complaint.
Others may call: nothing; it reads all and nobody imports it. What it enacts is read through core.enacted.
"""
