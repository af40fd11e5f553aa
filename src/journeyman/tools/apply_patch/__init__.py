"""The apply_patch format (V4A): parse, match, plan, write. Standard library only, safe anywhere."""
