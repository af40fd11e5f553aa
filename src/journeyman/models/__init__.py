"""How to ask a model: the port, the dialects behind it, profiles, providers and retries."""
