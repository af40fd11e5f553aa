"""Journeyman: the open, self-hosted coding-agent platform."""

__version__ = "0.1.0"
