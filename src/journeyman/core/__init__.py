"""The agent: thread, turn, step and dispatch, over ports only."""
