"""The HTTP API, `/api/v1`: the archive for programs. What it promises stands in docs/reference/api.md."""
