"""How RELAY_LOOKUP is read: by the check of the environment and by what asks the relay."""

LOGS = ("postfix", "exim")
KEY = "idempotency-key"


def relay_lookup(value: str) -> tuple[str, str] | None:
    """The way to ask and where, such as ("postfix", "/var/log/mail.log"); ("", "") for nobody; None for what is no way."""
    kind, _, rest = value.partition(":")
    if not value:
        return "", ""
    if kind in LOGS and rest:
        return kind, rest
    if kind in ("http", "https") and "{message_id}" in rest:
        return "http", value
    return (KEY, "") if kind == KEY else None
