"""The lossless record file: everything in, everything out (docs/record-file.md).

One JSON object: "format", then a list a noun in the order of `curation.roles.NOUNS`, one record a
line in its plain form.
"""
