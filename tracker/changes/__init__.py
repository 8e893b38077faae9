"""The public log: typed, numbered, hash-chained changes, and the sentence that words each."""
