"""Sequences of every kind that Hypothesis finds: names in any script and of any length, dates near and far or none, gates on
anything, arms, cycles, follow-ups."""

from datetime import date, timedelta

from hypothesis import strategies as st

from careplans.readers.sequence.what import (
    Branch,
    Gate,
    Lane,
    Look,
    Mark,
    MarkState,
    Passage,
    Sequence,
    StepShown,
    Turn,
)

TODAY = date(2026, 11, 26)
PHASES = ("symptom_control", "tumour_control", "debulking", "adjuvant", "surveillance")
STATES = ("given", "otherwise", "planned", "postponed", "left_out", "expected")
NAMES = st.one_of(
    st.text(max_size=220),
    st.sampled_from(
        (
            "PRRT",
            "W" * 200,
            "Radiofrequency ablation of the lesion in segment seven " * 4,
            '<script>alert("&")</script>',
            "استئصال الكبد " * 12,
            "肝切除術と膵体尾部切除術" * 12,
            "i" * 200,
            "&" * 200,
        )
    ),
)
DAYS = st.one_of(
    st.integers(-500, 500).map(lambda days: TODAY + timedelta(days)),
    st.integers(-9000, 9000).map(lambda days: TODAY + timedelta(days)),
    st.sampled_from((TODAY, date(1900, 1, 1), date(2199, 12, 31))),
)


@st.composite
def steps(draw, key, number):
    start = draw(st.none() | DAYS)
    end = start + timedelta(draw(st.integers(0, 4000))) if start and draw(st.booleans()) else None
    turns = (
        draw(st.lists(st.tuples(DAYS, st.sampled_from(STATES)), max_size=60)) if start and draw(st.booleans()) else []
    )
    is_decision, words = draw(st.booleans()), draw(NAMES)
    return StepShown(
        key, f"{key}{draw(st.sampled_from(('', 'a', 'bb')))}", words, draw(st.sampled_from(PHASES)), "Phase of it",
        draw(st.sampled_from(list(Look))), draw(NAMES), start, end, draw(st.none() | DAYS) if start else None,
        draw(st.booleans()),
        tuple(Turn(n + 1, day, state, words) for n, (day, state) in enumerate(sorted(turns))),
        draw(st.none() | gates(number)), is_decision,
        tuple(Branch(n, draw(NAMES)) for n in range(draw(st.integers(0, 4)))) if is_decision else (),
        draw(st.none() | st.integers(1, number)), draw(st.sampled_from(("waiting", "chosen", "set_aside"))),
        draw(st.just("") | NAMES), draw(st.just("") | NAMES), draw(st.just("") | NAMES),
    )  # fmt: skip


def gates(number):
    return st.builds(
        Gate, NAMES, st.sampled_from(list(Passage)), st.none() | st.integers(1, number),
        st.sampled_from(("ended", "begun", "occurrence")), st.integers(1, 60), st.none() | DAYS,
    )  # fmt: skip


@st.composite
def lanes(draw, kind):
    marks = draw(st.lists(st.tuples(DAYS, st.sampled_from(list(MarkState))), max_size=40))
    shown = tuple(Mark(day, kind, state, draw(NAMES)) for day, state in sorted(marks))
    return Lane(kind, draw(NAMES), draw(NAMES), shown, draw(st.just("") | NAMES))


@st.composite
def sequences(draw, least=1, most=20):
    number = draw(st.integers(least, most))
    kinds = draw(
        st.sets(st.sampled_from(("markers", "imaging", "heart", "visit", "rediscussion", "other")), max_size=6)
    )
    return Sequence(
        "Plan 3", "in force", draw(st.sampled_from((TODAY, None))),
        tuple(draw(steps(key, number)) for key in range(1, number + 1)),
        tuple(draw(lanes(kind)) for kind in sorted(kinds)),
    )  # fmt: skip
