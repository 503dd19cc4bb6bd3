"""Everything that moves money outside. ``Job.operation`` ``"billing.<name>"`` is ``<name>`` here."""
