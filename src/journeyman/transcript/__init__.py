"""What happens in a thread as lines of text, for the faces that show it line by line."""
