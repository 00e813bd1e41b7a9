"""The parts of pages that are made from the source and from runs of the tools: `make pages` writes them anew.

A part stands between two comments, which no reader sees, neither on a forge nor on the site:

    <!-- made by: calls -->
    ...
    <!-- end -->

A test compares each with what is made now, so that no page shows what the tools do not say.
"""
