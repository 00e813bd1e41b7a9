"""Mutants: the source with one small change each, and which layer of the checks notices which of them."""
