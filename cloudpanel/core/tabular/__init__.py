"""Tables in and out: one component for every upload (users, mailboxes) and every download.

``reading`` finds out what a file is, ``columns`` which column means what, ``export`` writes CSV and XLSX that no
spreadsheet can be tricked with.
"""
