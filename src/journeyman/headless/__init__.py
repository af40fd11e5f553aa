"""One-shot runs: drives the client, and shows a turn as JSON lines or as a transcript."""
