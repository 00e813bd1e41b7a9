"""The proof engine: runs ordinary Python code on unknown values, over an unknown heap, and asks Z3 what can be.

terms -> knowledge -> symbolic -> explorer, and solver, which alone imports Z3; heap and environment supply what the
code under proof reads and calls.
"""
