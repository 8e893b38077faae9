"""What was observed: outcomes and what they bear on, discrepancies, indicators to watch."""
