"""Where commands run: the launcher port, the policies and one module per backend."""
