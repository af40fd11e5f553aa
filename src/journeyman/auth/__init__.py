"""The user's own keys: where they are kept, and who may read them."""
