"""Is this container's web server alive? Asks it under the panel's own name, because it answers to no other."""

import http.client
import os
import sys
from urllib.parse import urlsplit

connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or "127.0.0.1"
connection.request("GET", "/healthz", headers={"Host": host})
sys.exit(0 if connection.getresponse().status == 200 else 1)
