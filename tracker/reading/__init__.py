"""What the public may see: published records as of a day, one representation a noun, filters."""
