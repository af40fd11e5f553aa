"""The typed client of the app-server, over any transport; every face uses it."""
