"""Who acts: organisations that make commitments, and people who are quoted or named."""
