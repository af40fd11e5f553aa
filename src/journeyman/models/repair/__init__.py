"""The offline provider: repairs Python programs by search, with no network and no model.

`moves` decides the next move from the history, `client` speaks the model port, `engine` is the
program that the moves run in the sandbox. It is program repair, not a language model, and says so.
"""
