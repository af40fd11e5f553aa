"""What the model may do: the tool port, the registry and the built-in tools."""
