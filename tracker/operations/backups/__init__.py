"""A backup is a folder: the database as its own tools write it, the newest checkpoint's note, a
manifest that says what the database holds, and SHA256SUMS over all three."""
