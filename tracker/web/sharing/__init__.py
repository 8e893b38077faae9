"""What other sites show of the record: badges, cards, pictures, citations, structured data."""
