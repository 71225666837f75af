"""A system of the tests: registered by the administrator, on a board, with a secret."""

import base64

from accounts.services.system_secrets import make_secret
from accounts.services.systems import add_board, register_system

WORDS = {"run_by": "Cancer registry", "purpose": "Yearly figures", "contact": "Dr Berg, 555 0100"}


def make_system(
    admin, board=None, *, name="Registry", role="analyst", scopes=("boards:read", "cases:read", "plans:read")
):
    system = register_system(by=admin, name=name, scopes=scopes, **WORDS)
    if board is not None:
        add_board(system, board, role=role, by=admin)
    return system


def with_secret(admin, board=None, **more):
    system = make_system(admin, board, **more)
    return system, make_secret(system, by=admin)[1]


def basic(client_id, secret):
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def ask_token(client, system, secret, **body):
    """With client_secret_basic."""
    return client.post(
        "/oauth/token/",
        "&".join(f"{name}={value}" for name, value in ({"grant_type": "client_credentials"} | body).items()),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": basic(system.client_id, secret)},
    )
