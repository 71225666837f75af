"""What a process must not hand on to its children: two processes on one socket of a database read each other's answers."""

from django.db import connections


def close_connections() -> None:
    """Those of this process, and their pools, whose sockets and threads would not survive a fork either. The next that is asked
    for is opened anew."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        close_pool = getattr(connection, "close_pool", None)
        if close_pool:
            close_pool()
