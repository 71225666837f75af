class Conflict(Exception):
    """Somebody else changed the row first; nothing of this call was saved.

    `message` is a sentence the user can act on; `current` holds what stands in the row now, so that the caller
    can show both sides instead of throwing typed text away.
    """

    def __init__(self, message: str, *, current: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.current = current or {}
