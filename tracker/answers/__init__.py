"""How every public address is answered: rendered without the reader, refused in words."""
