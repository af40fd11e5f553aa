"""Where clients come in: the standard streams, a named socket, a WebSocket."""
