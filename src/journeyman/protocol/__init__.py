"""The spine: the types that every part of the product speaks, and nothing that does I/O."""
