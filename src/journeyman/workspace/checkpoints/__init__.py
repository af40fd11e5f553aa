"""Checkpoints of a project in an object store of our own: taking, listing, restoring, forgetting."""
