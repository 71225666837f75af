"""How gunicorn serves Consilium. It reads this from the folder that it is started in; address and workers are the command's.

The application is loaded once, before the workers begin: each then answers its first request at once, and shares that memory.
"""

preload_app = True


def pre_fork(server: object, worker: object) -> None:
    """Whatever loading has opened is closed before a worker could inherit it."""
    from config.forking import close_connections

    close_connections()


worker_class = "gthread"
threads = 4
# Nobody steers gunicorn over a socket: systemd, podman or `script/demo` does.
control_socket_disable = True
