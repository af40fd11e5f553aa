"""The user's files and repository, read without running anything of theirs."""
