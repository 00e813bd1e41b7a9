"""Replay: every path that the engine explores is made concrete and run on the shipped objects.

  trees    operations on the tree of one object, as calls on a store that has its pages
  calls    calls on the store
  steps    one step of tearing a tree down, and the loops and pieces that are proved by themselves

So the engine is tested by every path of every run. A difference is a `ReplayError`: no verdict is worth much then.
"""
