"""A rule of the centre's own, written as a form or as text: its words so far, and the way from one to the other."""

import json
from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.http import SignedInRequest
from careplans.models import RuleSetVersion
from careplans.rules.engine import Malformed, Rule
from careplans.rules.engine.documents import parse_json
from careplans.rules.engine.grammar import Context, read_condition
from careplans.rules.engine.shapes import as_object
from careplans.rules.engine.words import Words, words_of
from careplans.rules.forms.builder import Drawn, draw
from careplans.rules.forms.conditions import Node, condition_of, edited, missing_in, read_tree, tree_of
from careplans.rules.forms.drafts import RuleForm
from careplans.rules.in_force import parsed


@dataclass
class Builder:
    """`text`: the condition is being written as text; else `root` holds it. `problems`: what is still to be chosen."""

    root: Node
    text: bool = False
    refused: str = ""

    @property
    def problems(self) -> list[str]:
        return [] if self.text else missing_in(self.root)

    @property
    def drawn(self) -> Drawn:
        return draw(self.root)

    @property
    def written(self) -> str:
        return "" if self.problems else json.dumps(condition_of(self.root), indent=2, ensure_ascii=False)

    def words(self, scope: str) -> Words | None:
        """What it says so far; None while something is missing or does not fit the scope of the rule."""
        if self.problems:
            return None
        when = condition_of(self.root)
        self.refused = refusal(when, scope)
        return None if self.refused else words_of(when)


def refusal(when: object, scope: str) -> str:
    try:
        read_condition(when, "", Context(scope))
    except Malformed as error:
        return str(error)
    return ""


def builder_of(data: QueryDict) -> tuple[Builder, QueryDict]:
    """What was posted, after the button that was pressed, and the fields of the rule with `when` as the form says it."""
    fields, do = data.copy(), data.get("do", "")
    builder = Builder(read_tree(data), text=data.get("written") != "form")
    if not builder.text:
        builder.root = edited(builder.root, do)
        fields["when"] = builder.written
        builder.text = do == "to_text" and (not builder.problems or not builder.root.word)
    elif do == "to_form":
        _to_form(builder, data)
    return builder, fields


def is_building(request: SignedInRequest) -> bool:
    """Whether a button of the builder was pressed, or a script asks what the form says now: then nothing is saved."""
    return "do" in request.POST or bool(request.headers.get("HX-Request"))


def _to_form(builder: Builder, data: QueryDict) -> None:
    """A text that cannot be read stays as it was typed, with what is wrong in it. Nothing typed begins an empty form."""
    text = data.get("when", "")
    if not text.strip():
        builder.text = False
        return
    try:
        when = parse_json(text.encode())
        read_condition(when, "when", Context(data.get("scope", "") or "step"))
    except Malformed as error:
        builder.refused = str(error)
        return
    builder.root, builder.text = tree_of(as_object(when, "when")), False


def show_building(
    request: SignedInRequest, row: RuleSetVersion, builder: Builder, fields: QueryDict, **given: object
) -> HttpResponse:
    """After a button of the builder: nothing is saved and nothing refused; a script takes the builder alone."""
    names = ("id", "scope", "severity", "basis", "seed", "advice", "when", "version")
    form = RuleForm(initial={name: fields.get(name, "") for name in names}, own="id" not in fields)
    context = {"form": form, **building(builder, fields.get("scope", "")), "draft": row, "nav": "reference", **given}
    part = bool(request.headers.get("HX-Request"))
    template = "careplans/rules/rule_sets/_builder.html" if part else "careplans/rules/rule_sets/edit.html"
    return render(request, template, context)


def building(builder: Builder | None, scope: str) -> dict[str, object]:
    """What `_builder.html` shows; nothing for a rule of the program."""
    if builder is None:
        return {}
    return {
        "builder": builder,
        "said": builder.words(scope or "step"),
        "depends": [] if builder.text else builder.problems,
    }


# With what a new rule begins: a choice that still stands so was not made by anybody.
START = {"scope": "plan", "severity": "info", "basis": "direct"}


def copied(row: RuleSetVersion, rule_id: str) -> tuple[dict[str, object], Builder]:
    """A new rule that begins as another of this draft, under a number of its own; else an empty one."""
    found = _rule(row, rule_id)
    return ({**START}, Builder(Node())) if found is None else (_start(row, found), Builder(tree_of(found.when)))


def why_not_copied(row: RuleSetVersion, rule_id: str) -> str:
    return "" if _rule(row, rule_id) else f"There is no rule {rule_id} in this draft. Choose another one to copy."


def show_copied(
    request: SignedInRequest, row: RuleSetVersion, builder: Builder, fields: QueryDict, **given: object
) -> HttpResponse:
    """Another rule of the draft, copied into the one that is being written: what was typed stays, and a condition that is there
    is replaced only on a second word."""
    wanted = fields.get("copy", "")
    found = _rule(row, wanted)
    has_condition = fields.get("when", "").strip() if builder.text else builder.root.word
    if found is None:
        given["copy_problem"] = why_not_copied(row, wanted) if wanted else "Choose which rule to copy."
    elif has_condition and fields.get("do") != "copy_over":
        given["copy_asks"] = True
    else:
        builder = Builder(tree_of(found.when))
        for name, value in _start(row, found).items():
            if name in ("scope", "when") or fields.get(name, "").strip() in ("", START.get(name)):
                fields[name] = str(value)
    return show_building(request, row, builder, fields, copy=wanted, **given)


def _rule(row: RuleSetVersion, rule_id: str) -> Rule | None:
    return next((rule for rule in parsed(row).rules if rule.id == rule_id), None)


def _start(row: RuleSetVersion, found: Rule) -> dict[str, object]:
    return {
        "id": free_number(parsed(row).rules), "scope": found.scope, "severity": found.severity, "basis": found.basis,
        "advice": found.advice, "seed": ", ".join(found.statements),
        "when": json.dumps(found.when, indent=2, ensure_ascii=False),
    }  # fmt: skip


def free_number(rules: tuple[Rule, ...]) -> str:
    taken = {rule.id for rule in rules}
    return next(name for number in range(1, 1000) if (name := f"OWN-{number:02}") not in taken)
