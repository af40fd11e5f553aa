"""Finds out what keeps this program from working here, and says what to do about it."""
