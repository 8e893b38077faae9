"""What every record shares: a public slug, a state, a version, dates, and its plain form."""
