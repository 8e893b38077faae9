"""The whole record as files for programs: tables, record file, log, SQLite, all of one moment.

Made once for each entry at which the log ends (`making`), kept in a folder, served from it.
"""
