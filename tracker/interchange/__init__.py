"""Record files in and out: seeds, imports, exports. Writes through `curation` alone."""
