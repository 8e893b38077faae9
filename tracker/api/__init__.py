"""The API: the published record as JSON, read-only (DESIGN section 8)."""
