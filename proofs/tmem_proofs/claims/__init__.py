"""The claims: for each operation, what is proved of it, from which states, and what is assumed.

An operation is run on unknown values (`scenario`), each path through it is then held against every invariant that
says something of it (`invariants`).
"""
