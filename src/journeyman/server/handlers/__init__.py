"""One module per resource; each handler turns params into one call of the core and replies."""
