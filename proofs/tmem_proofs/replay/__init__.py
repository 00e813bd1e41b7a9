"""Replay: every path that the engine explores is made concrete and run on the shipped objects.

  trees    operations on the tree of one object, as calls on a store that has its pages
  calls    calls on the store: `templates` of real stores, `callbacks`, `worlds` in which they are made
  runs     functions of runs on a tree: `run_trees`, `run_cases`
  ranges   calls on ranges: `range_paths`, with `range_templates` whose `range_figures` the law gives, and
           `range_callbacks`; `range_calls` in plain values, made in `range_worlds`
  steps    one step of tearing a tree down, on trees in `plain` values; `pieces`: loops and pieces proved by themselves
  examples refuted paths, as histories that a test can make

So the engine is tested by every path of every run. A difference is a `ReplayError`: no verdict is worth much then,
unless something is refuted, which spoils the states that paths are replayed from.
"""
