"""Commands that keep recorded threads: list, archive, delete, export."""
