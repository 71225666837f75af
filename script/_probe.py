"""The container's health check: exit code 0 when /health/ answers 200. Standard library only."""

import os
import sys
from http.client import HTTPConnection, HTTPException

# Asked for by a name that Django accepts.
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".*") or "localhost"
connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=4)
try:
    connection.request("GET", "/health/", headers={"Host": host})
    status = connection.getresponse().status
except (OSError, HTTPException) as error:
    sys.exit(f"/health/: {error}")
sys.exit(0 if status == 200 else f"/health/ answered {status}")
