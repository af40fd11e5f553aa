"""The agent as an MCP server: other programs' models run and continue threads through tools."""
