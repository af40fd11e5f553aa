"""The built-in tools: one module per tool, its prompt beside it."""
