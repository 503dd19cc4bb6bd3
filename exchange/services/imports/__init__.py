"""The import desk. In the order in which a file meets them:

``columns`` what its columns mean, ``files`` how it is kept, ``judging`` and ``verifying`` what is wrong with its rows,
``reasons`` how that is said and what is proposed, ``correcting`` how people put it right, ``finishing``, ``staging`` and
``following`` how rows become mailboxes, ``undoing`` how they stop being ones, ``reports`` what can be downloaded.
"""
