"""What readers suggest: evidence and corrections, private, triaged by curators."""
