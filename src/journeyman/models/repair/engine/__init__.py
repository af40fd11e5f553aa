"""The repair engine: a program of its own that finds a small edit which makes failing tests pass.

It runs with any Python from 3.10 on, needs nothing but the standard library (and pytest where the
tests do), imports nothing else of the product and never writes into the tree it repairs.
"""
