"""In which order “My work” says what waits: by the harm that is done while it waits. One table, and nothing else decides it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """`lists`: whose rows it shows, of `lists.py` beside it; several of them as one. `kind`: how its rows are drawn."""

    name: str
    title: str
    lists: tuple[str, ...]
    kind: str
    is_harm: bool = False
    """Somebody may come to harm while it waits: marked on the page and in its summary."""
    who: bool = False
    """Whether the person responsible is named: it is not always the reader."""
    act: str = ""
    """Where all of it on a board is seen to, with the words of the link; one for each board."""
    act_words: str = ""
    signoff: bool = False
    short: str = ""
    """In the summary above, where the title is long."""


ORDER: tuple[Section, ...] = (
    # A date has passed, and nobody has said what became of it.
    Section("overdue", "Overdue", ("overdue_steps", "overdue_followups"), "dated", is_harm=True),
    Section("late", "Overdue with others", ("late_steps", "late_followups"), "dated", is_harm=True, who=True),
    # It will not come by itself any more.
    Section(
        "failed_gates", "Steps whose condition has failed", ("failed_gates", "my_failed_gates"), "dated", is_harm=True, who=True,
        short="Condition failed",
    ),
    # It is done on grounds that are no longer so.
    Section(
        "facts", "Facts have changed", ("facts",), "plans", is_harm=True,
        act="careplans:changed_facts", act_words="See what changed, keep or amend",
    ),
    # Nobody sees to it.
    Section(
        "left", "Left to nobody", ("left_steps", "left_followups"), "dated", is_harm=True, who=True,
        act="careplans:left_over", act_words="Hand over what is left to nobody",
    ),
    Section(
        "nothing_ahead", "In care, nothing ahead", ("nothing_ahead",), "cases", is_harm=True,
        act="careplans:nothing_ahead", act_words="Give each a next date or a reason", short="Nothing ahead",
    ),
    # A patient waits for the board.
    Section("to_sign", "Awaiting my signature", ("to_sign",), "plans", signoff=True, short="To sign"),
    Section("to_release", "Ready to release", ("to_release",), "plans", signoff=True, short="To release"),
    # Two records may be one person.
    Section("moves", "Merges and moves to confirm", ("moves",), "moves", short="Merges, moves"),
    # With those whose date has passed while they wait for their condition: they are not late.
    Section("coming", "Coming", ("coming_steps", "coming_followups", "overdue_steps"), "dated"),
    Section(
        "guidance", "Guidance has changed", ("guidance",), "plans",
        act="careplans:superseded_guidance", act_words="Keep with a reason or amend", short="Guidance",
    ),
    Section(
        "waiting_gates", "Steps that wait for their condition", ("waiting_gates",), "dated", who=True,
        short="Waiting for a condition",
    ),
    Section("drafts", "My drafts", ("drafts",), "plans", short="Drafts"),
    Section("watched", "Cases, the last changed first", ("watched",), "cases"),
)  # fmt: skip

# What each list is called in full, where it is asked for by itself.
TITLES: dict[str, str] = {
    "overdue_steps": "My overdue steps", "overdue_followups": "My overdue follow-ups",
    "late_steps": "Overdue steps of others", "late_followups": "Overdue follow-ups of others",
    "failed_gates": "Steps whose condition has failed", "my_failed_gates": "My steps whose condition has failed",
    "facts": "Facts have changed", "left_steps": "Steps left to nobody", "left_followups": "Follow-ups left to nobody",
    "nothing_ahead": "In care, nothing ahead", "to_sign": "Awaiting my signature", "to_release": "Ready to release",
    "coming_steps": "My steps to come", "coming_followups": "My follow-ups of the next 30 days",
    "guidance": "Guidance has changed", "waiting_gates": "Steps that wait for their condition", "drafts": "My drafts",
    "watched": "Cases, the last changed first", "steps": "My steps", "followups": "My follow-ups",
}  # fmt: skip


def in_order(found: Iterable[str]) -> list[Section]:
    """The sections that have a list among these."""
    names = set(found)
    return [section for section in ORDER if names.intersection(section.lists)]
