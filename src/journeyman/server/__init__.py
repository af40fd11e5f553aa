"""The app-server: one protocol, any transport, threads behind it."""
