"""The mail directory: a PostgreSQL database that the panel writes and a stock Dovecot reads.

``schema.sql`` and ``views.sql`` are the directory, ``install`` puts them in place, ``driver`` writes them, ``dovecot/``
holds Dovecot's configuration and ``local_dovecot`` starts one.
"""

from exchange.drivers.directory.driver import DirectoryMailDriver
from exchange.drivers.directory.install import install_schema

__all__ = ["DirectoryMailDriver", "install_schema"]
