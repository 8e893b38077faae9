"""What was promised: pledges and their clauses, commitments, criteria, and what is due when."""
