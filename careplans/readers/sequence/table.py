"""The same as a table: what the picture says, for who does not see it. HTML out of plain values; all of it is escaped here."""

from collections.abc import Iterable, Iterator

from careplans.readers.sequence.text import escaped
from careplans.readers.sequence.what import Mark, MarkState, Sequence, StepShown

HEADS = ("Step", "What", "Phase", "State", "Planned", "Waits for", "With")


def table(sequence: Sequence, *, links: str = "") -> str:
    """`links`: the address before `#step-…` where the steps have one; on the page of the plan itself `""`."""
    return "".join((_steps(sequence, links), _follow_ups(sequence)))


def _steps(sequence: Sequence, links: str) -> str:
    if not sequence.steps:
        return ""
    rows = "".join(_row(step, links) for step in sequence.steps)
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    return (
        f'<table class="c-table c-table--stacked"><caption class="nhsuk-u-visually-hidden">{escaped(sequence.name)}, step by step'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(step: StepShown, links: str) -> str:
    turns = "".join(f"<li>{escaped(turn.words)}</li>" for turn in step.turns if turn.state != "expected")
    title = f'<a href="{escaped(links)}#step-{step.key}">{escaped(step.title)}</a>'
    state = "<br>".join(escaped(words) for words in (step.late, step.state) if words)
    gate = "<br>".join(escaped(words) for words in _waits(step))
    cells = (
        (f"<span>{title}{turns and _list(turns)}</span>", "What"),
        (escaped(step.phase_words), "Phase"),
        (f"<span>{state}</span>", "State"),
        (escaped(step.planned) or "no date yet", "Planned"),
        (f"<span>{gate or 'nothing'}</span>", "Waits for"),
        (escaped(step.who) or "nobody named", "With"),
    )
    first = f'<th scope="row" data-label="Step">{escaped(step.label)}</th>'
    rest = "".join(f'<td data-label="{label}">{words}</td>' for words, label in cells)
    return f"<tr>{first}{rest}</tr>"


def _list(items: str) -> str:
    return f"<ul>{items}</ul>"


def _waits(step: StepShown) -> Iterator[str]:
    if step.branch:
        yield step.branch
    if step.gate and (words := step.gate.words or step.gate.agreed):
        yield words
    yield from (one.words for one in step.branches)


def _follow_ups(sequence: Sequence) -> str:
    if not sequence.lanes:
        return ""
    rows = "".join(
        f'<tr><th scope="row" data-label="Follow-up">{escaped(lane.name)}</th>{_cells(lane.marks)}</tr>'
        for lane in sequence.lanes
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Follow-up", *map(_head, MarkState)))
    return (
        f'<table class="c-table c-table--stacked"><caption class="nhsuk-u-visually-hidden">Follow-up of {escaped(sequence.name)}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _head(state: MarkState) -> str:
    return state.words.capitalize()


def _cells(marks: Iterable[Mark]) -> str:
    marks = list(marks)
    cells = []
    for state in MarkState:
        own = "".join(f"<li>{escaped(mark.words)}</li>" for mark in marks if mark.state == state)
        cells.append(f'<td data-label="{_head(state)}">{_list(own) if own else "none"}</td>')
    return "".join(cells)
