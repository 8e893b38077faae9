"""The only writer of the record: what a curator may do, and the change that says so in public."""
