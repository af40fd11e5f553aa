"""The line-mode face of bare `jm`: a prompt, what happens line by line, and questions answered by key."""
