"""The allowlist proxy: the only way out of a command's empty network namespace, if there is one."""
