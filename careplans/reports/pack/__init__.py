"""Every report of a board in one: as a page to print, as a tagged PDF and as JSON, made from the same answers."""
