"""The composition root: reads environment and configuration, names adapters, offers the commands."""
