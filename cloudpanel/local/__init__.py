"""Local mode: real PostgreSQL and Redis with nothing installed, and the processes of ``make run``.

Nothing here imports Django except ``mail`` and ``views``, so that commands start at once.
"""
