"""Layers of configuration with provenance, checked and frozen into small settings."""
