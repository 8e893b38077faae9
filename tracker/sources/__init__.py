"""What we read: documents, the words they print, and the check that they print them."""
