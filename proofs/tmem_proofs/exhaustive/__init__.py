"""Small scope: every reachable state of a small store, every call in it, every failure; nothing of the prover's engine.

scope.py      how small: the shipped source and the specification, both loaded with other constants
outside.py    a host and PAM that go through every pattern of failures
forms.py      what a state is, and the tree that the canonical law gives to a set of indexes
world.py      one store, which can be brought into a state, and read
calls.py      every call that can be made in a state
judging.py    one transition, held against the specification
search.py     all of them
counts.py     how many there must be, out of the canonical law alone
story.py      a transition that is wrong, told as the calls that lead to it
shapes.py     the shapes that trees come to, ours and those of the published algorithm
layer.py      whether a search refutes sources, for `tmem mutants`
command.py    `tmem exhaustive`
"""
