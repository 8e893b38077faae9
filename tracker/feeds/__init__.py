"""Feeds: the log as Atom, RSS and JSON Feed, the deadlines as a calendar, a list of all feeds."""
