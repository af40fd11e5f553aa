"""Completion scripts, made from the commands as they are defined."""
