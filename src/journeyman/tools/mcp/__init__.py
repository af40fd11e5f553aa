"""Tools of MCP servers: one connection a server, each of its tools as a tool of ours. The SDK stays in here."""
