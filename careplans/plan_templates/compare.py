"""What a step of a template says, by labels, and what differs between two versions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from careplans.models.schedules import BY_CENTRE
from careplans.plan_templates.content import TemplateContent
from careplans.plan_templates.fit import for_whom
from careplans.plan_templates.plain import ShownStep, shown_steps
from common.worddiff import Piece, word_diff


@dataclass(frozen=True)
class FieldChange:
    label: str
    old: str
    new: str

    @property
    def pieces(self) -> list[Piece]:
        return word_diff(self.old, self.new)


@dataclass(frozen=True)
class PartChange:
    """A step, or what stands above the steps; `kind` is added, removed or changed."""

    title: str
    kind: str
    fields: list[FieldChange]


def changes_between(
    old: TemplateContent, new: TemplateContent, titles: Mapping[str, str] | None = None
) -> list[PartChange]:
    """What is said of the whole first, then the steps in the order of the newer version; removed ones last."""
    found = []
    if whole := _differing(_about(old), _about(new)):
        found.append(PartChange("About the template", "changed", whole))
    before, after = _by_key(old, titles), _by_key(new, titles)
    for key, (title, facts) in after.items():
        if key not in before:
            found.append(PartChange(title, "added", _differing({}, facts)))
        elif fields := _differing(before[key][1], facts):
            found.append(PartChange(title, "changed", fields))
    found += [PartChange(title, "removed", []) for key, (title, _) in before.items() if key not in after]
    return found


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> list[FieldChange]:
    labels = [*new, *(label for label in old if label not in new)]
    return [
        FieldChange(label, old.get(label, ""), new.get(label, ""))
        for label in labels
        if old.get(label, "") != new.get(label, "")
    ]


def _about(content: TemplateContent) -> dict[str, str]:
    return {
        "Title": content.title, "For whom": content.summary, "What the board wants": content.aim,
        "Facts that it fits": "; ".join(for_whom(content)), "Follow-up": "; ".join(content.schedule_lines),
    }  # fmt: skip


def _by_key(content: TemplateContent, titles: Mapping[str, str] | None) -> dict[str, tuple[str, dict[str, str]]]:
    found: dict[str, tuple[str, dict[str, str]]] = {}

    def add(shown: ShownStep, arm: str) -> None:
        found[shown.own.key] = (
            f"Step {shown.number}: {shown.title}",
            facts_of(shown) | ({"In the arm": arm} if arm else {}),
        )
        for own_arm, inside in shown.arms:
            for one in inside:
                add(one, own_arm.name)

    for shown in shown_steps(content, titles):
        add(shown, "")
    return found


def facts_of(shown: ShownStep) -> dict[str, str]:
    """Label and words of each thing that a step says."""
    step, own = shown.step, shown.own
    waits = f"step {step.after_step.number} {step.after_words or 'has ended'}" if step.after_step else ""
    told = {
        "What": shown.title, "Order": shown.number, "Phase": step.get_phase_display(), "Goals": ", ".join(step.goal_labels),
        "Target": step.get_target_display() if own.target else "", "Owner": shown.owner_words, "Planned": shown.start_words,
        "Course": step.course_words, "Agent": own.agent, "Only after": waits, "Not before": shown.wait_words,
        "Only if": own.only_if, "Stop when": own.stop_when, "Arms": "; ".join(_arm(arm) for arm, _ in shown.arms),
        "Why this step, and why here": own.rationale, "Alternatives": own.alternatives,
        "Hangs on this step": "; ".join(shown.monitoring), "Source": ", ".join(own.sources) or BY_CENTRE,
        BY_CENTRE: own.set_by_centre,
    }  # fmt: skip
    if own.is_decision:
        told.pop("Goals")
    return {label: words for label, words in told.items() if words}


def _arm(arm: object) -> str:
    name, condition, no_step = (getattr(arm, one) for one in ("name", "condition", "no_step"))
    return ", ".join(filter(None, [name, condition and f"when {condition}", no_step and f"no further step: {no_step}"]))
