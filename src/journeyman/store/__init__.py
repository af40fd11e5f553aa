"""Where threads are kept: rollouts, one append-only JSONL file each, the one truth."""
