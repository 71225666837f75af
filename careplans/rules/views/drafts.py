"""The draft of the rules: what editors write and approvers answer."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from accounts.pages import attempt
from accounts.permissions import can, require
from careplans.models import RuleRun, RuleSetEvent, RuleSetVersion
from careplans.rules import drafts, reviewing
from careplans.rules.engine import Rule
from careplans.rules.forms.conditions import tree_of
from careplans.rules.forms.drafts import (
    RuleForm,
    SeedRuleForm,
    SwitchOffForm,
)
from careplans.rules.in_force import SEED_IDS, changes_between, parsed, shown
from careplans.rules.views.index import listed
from careplans.rules.views.own_rules import (
    Builder,
    builder_of,
    building,
    copied,
    is_building,
    show_building,
    show_copied,
    why_not_copied,
)
from careplans.rules.views.rule_sets import counts_of, set_of
from careplans.rules.vignettes import compare
from modalities.forms.workflow import PublishForm, SendBackForm, SendForm, VersionForm

VERBS: dict[str, tuple[Callable[..., RuleSetVersion], str]] = {
    "send": (drafts.send_to_review, "The draft is in review. An approver reads it next."),
    "recall": (drafts.recall_rule_set, "The draft is back with you."),
    "discard": (drafts.discard_rule_set, "The draft is discarded. The rules stay as they are."),
}


def draft(request: SignedInRequest) -> HttpResponse:
    """What would change; for editors and approvers."""
    require_work(request)
    return show_draft(request)


@require_POST
def act(request: SignedInRequest) -> HttpResponse:
    """Begin, send to review, take back, discard."""
    require(request.user, "reference.edit")
    verb = request.POST.get("verb", "")
    if verb == "begin":
        with attempt(request):
            drafts.begin_rule_set(by=request.user)
    row = open_draft()
    if row is None or verb not in VERBS:
        return redirect("careplans:rule_draft")
    form = SendForm(request.POST) if verb == "send" else VersionForm(request.POST)
    if form.is_valid():
        do, done = VERBS[verb]
        given = {**form.cleaned_data}
        with attempt(request, form):
            do(row, by=request.user, expected_version=given.pop("version"), **given)
            messages.success(request, done)
            return redirect("careplans:rule_draft")
    return show_draft(request, send=form, status=400)


@require_POST
def publish(request: SignedInRequest) -> HttpResponse:
    done = "Rule set {label} is in force. Open plans are being looked at again."
    return answer(request, PublishForm(request.POST), "publish", reviewing.publish_rule_set, done, "careplans:rules")


@require_POST
def send_back(request: SignedInRequest) -> HttpResponse:
    done = "The draft is back with its editors, with your comment."
    return answer(request, SendBackForm(request.POST), "send_back", reviewing.send_back, done, "careplans:rule_draft")


def answer(
    request: SignedInRequest, form: Form, name: str, do: Callable[..., RuleSetVersion], done: str, to: str
) -> HttpResponse:
    """What an approver says of the draft; refused, the page comes again with what was typed."""
    require(request.user, "reference.approve")
    row = open_draft()
    if row is not None and form.is_valid():
        given = {**form.cleaned_data}
        with attempt(request, form):
            do(row, by=request.user, expected_version=given.pop("version"), **given)
            messages.success(request, done.format(label=row.label))
            return redirect(to)
    return show_draft(request, status=400, **{name: form})


def rule_new(request: SignedInRequest) -> HttpResponse:
    require(request.user, "reference.edit")
    row = open_draft()
    if row is None:
        return redirect("careplans:rule_draft")
    wanted = request.GET.get("copy", "")
    start, builder = copied(row, wanted)
    data = None
    if request.method == "POST":
        builder, data = builder_of(request.POST)
        if is_building(request):
            show = show_copied if request.POST.get("do") in ("copy", "copy_over") else show_building
            return show(request, row, builder, data, stands=None, is_seed=False, rule_ids=ids_of(row))
    form = RuleForm(data, initial=start | {"version": row.version})
    if request.method == "POST" and check_built(form, builder) and check_typed(form) and "check" not in request.POST:
        with attempt(request, form):
            drafts.add_rule(row, form.values(), by=request.user, expected_version=form.cleaned_data["version"])
            messages.success(request, f"Rule {form.cleaned_data['id']} is in the draft.")
            return redirect("careplans:rule_draft")
    problem = why_not_copied(row, wanted) if wanted and data is None else ""
    return show_form(request, row, form, None, builder=builder, copy=wanted, copy_problem=problem)


def rule_edit(request: SignedInRequest, rule: str) -> HttpResponse:
    require(request.user, "reference.edit")
    row = open_draft()
    if row is None:
        return redirect("careplans:rule_draft")
    stands = rule_of(row, rule)
    data: QueryDict | None = request.POST or None
    builder = None if rule in SEED_IDS else Builder(tree_of(stands.when))
    if request.method == "POST" and rule not in SEED_IDS:
        builder, fields = builder_of(request.POST)
        data = fields
        if is_building(request):
            return show_building(
                request, row, builder, fields, stands=shown(stands), is_seed=False, off=switch_form(row)
            )
    form = form_for(data, row, stands)
    if request.method == "POST" and check_built(form, builder) and check_typed(form) and "check" not in request.POST:
        with attempt(request, form):
            drafts.change_rule(row, rule, form.values(), by=request.user, expected_version=form.cleaned_data["version"])
            messages.success(request, f"Rule {rule} is changed in the draft.")
            return redirect("careplans:rule_draft")
    return show_form(request, row, form, stands, builder=builder)


@require_POST
def rule_act(request: SignedInRequest, rule: str) -> HttpResponse:
    """Switch off with a reason, switch on, remove."""
    require(request.user, "reference.edit")
    row, verb = open_draft(), request.POST.get("verb", "")
    if row is None:
        return redirect("careplans:rule_draft")
    stands = rule_of(row, rule)
    form = SwitchOffForm(request.POST) if verb == "off" else VersionForm(request.POST)
    if form.is_valid():
        given = {"by": request.user, "expected_version": form.cleaned_data["version"]}
        with attempt(request, form):
            if verb == "off":
                drafts.switch_off(row, rule, reason=form.cleaned_data["reason"], **given)
            elif verb == "on":
                drafts.switch_on(row, rule, **given)
            elif verb == "remove":
                drafts.remove_rule(row, rule, **given)
            return redirect("careplans:rule_draft")
    builder = None if rule in SEED_IDS else Builder(tree_of(stands.when))
    return show_form(request, row, form_for(None, row, stands), stands, refused=form, builder=builder)


def require_work(request: SignedInRequest) -> None:
    if not can(request.user, "reference.approve"):
        require(request.user, "reference.edit")


def open_draft() -> RuleSetVersion | None:
    return RuleSetVersion.objects.open().select_related("author", "changed_by", "base").first()


def rule_of(row: RuleSetVersion, rule_id: str) -> Rule:
    for rule in parsed(row).rules:
        if rule.id == rule_id:
            return rule
    raise Http404


def form_for(data: QueryDict | None, row: RuleSetVersion, stands: Rule) -> SeedRuleForm:
    """The form of a rule, with what stands in the draft."""
    start: dict[str, object] = {"version": row.version, "severity": stands.severity, "advice": stands.advice}
    if stands.id in SEED_IDS:
        return SeedRuleForm(data, initial=start)
    start |= {"scope": stands.scope, "basis": stands.basis, "seed": ", ".join(stands.statements)}
    return RuleForm(data, initial=start | {"when": shown(stands).written}, own=True)


def check_built(form: SeedRuleForm, builder: Builder | None) -> bool:
    """Whether every condition says what it asks; what is missing stands at the top, by its number."""
    valid = form.is_valid()
    if builder is not None and builder.problems:
        form.errors.pop("when", None)
        for words in builder.problems:
            form.add_error(None, words)
        return False
    return valid


def ids_of(row: RuleSetVersion) -> list[str]:
    return [str(each["id"]) for each in row.rules]


def switch_form(row: RuleSetVersion) -> SwitchOffForm:
    return SwitchOffForm(initial={"version": row.version})


def check_typed(form: SeedRuleForm) -> bool:
    """Whether the rule can be read as typed; what is wrong stands at its field."""
    if isinstance(form, RuleForm):
        with_number = {"id": "OWN-00", **form.values(), "blocks": False}
        for name, problems in drafts.problems_of(with_number).items():
            form.add_error(name if name in form.fields else None, problems)
    return form.is_valid()


def show_form(
    request: SignedInRequest,
    row: RuleSetVersion,
    form: SeedRuleForm,
    stands: Rule | None,
    *,
    refused: Form | None = None,
    builder: Builder | None = None,
    **extra: object,
) -> HttpResponse:
    read = form.read() if isinstance(form, RuleForm) and form.is_bound and form.is_valid() else None
    context = {
        "nav": "reference", "draft": row, "form": form, "stands": shown(stands) if stands else None,
        "checked": shown(read) if read else None, "refused": refused, "is_seed": stands is not None and stands.id in SEED_IDS,
        "off": refused if isinstance(refused, SwitchOffForm) else switch_form(row), "rule_ids": ids_of(row),
        **building(builder, str(form["scope"].value() or "") if builder else ""), **extra,
    }  # fmt: skip
    wrong = refused is not None or bool(form.errors)
    return render(request, "careplans/rules/rule_sets/edit.html", context, status=400 if wrong else 200)


def show_draft(request: SignedInRequest, status: int = 200, **extra: object) -> HttpResponse:
    row = open_draft()
    context: dict[str, object] = {"nav": "reference", "draft": row}
    if row is not None:
        run = row.runs.filter(purpose=RuleRun.Purpose.TRIAL, content_hash=row.content_hash).first()
        events = list(row.events.select_related("by"))
        base, now, start = set_of(row.base), parsed(row), {"version": row.version, "change_note": row.change_note}
        context |= {
            **listed(request, now), "changes": changes_between(base, now),
            "events": events, "send": SendForm(initial=start), "publish": PublishForm(initial=start),
            "wrote": any(e.by_id == request.user.pk and e.kind in RuleSetEvent.WRITING for e in events),
            "send_back": SendBackForm(initial=start), "run": run, "vignettes": compare(base, now), **counts_of(run),
        }  # fmt: skip
    return render(request, "careplans/rules/rule_sets/draft.html", context | extra, status=status)
