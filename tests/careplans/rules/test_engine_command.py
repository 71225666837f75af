"""`manage.py advise FILE`: one JSON list per plan, or one line that names the place."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[3]
STEP = {
    "id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"], "target": "liver", "target_mm": 51,
    "status": "planned",
}  # fmt: skip
FACTS = {
    "primary_site": "rectum", "grade": "G2", "differentiation": "well", "extent": "metastatic", "liver_metastases": "yes",
    "tumour_volume": "moderate", "visceral_crisis": "none", "functional_status": "non_functional", "surgery_option": "no",
    "liver_surgery_option": "no", "largest_primary_mm": 15, "largest_liver_lesion_mm": 62,
    "trial_consideration": "none_available",
}  # fmt: skip
RFA_02 = {
    "rule": "RFA-02",
    "step": "s1",
    "severity": "warning",
    "advice": "RFA target is larger than 5 cm; the source calls RFA usually unsuitable above that size.",
    "statements": ["S20"],
    "rule_set": "seed-1",
}


def plan(facts=FACTS, **changes):
    return {"facts": facts, "steps": [STEP | changes]}


def write(tmp_path, data):
    path = tmp_path / "plans.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return str(path)


def advise(tmp_path, data, *options):
    out = io.StringIO()
    call_command("advise", write(tmp_path, data), *options, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def run(*arguments, stdin=b""):
    """As an operator does it, with a database that nobody can reach."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "only-for-tests-0123456789-0123456789-0123456789-abc",
        "DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none",
    }
    command = [sys.executable, "manage.py", "advise", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, input=stdin, capture_output=True, timeout=120)


def test_one_plan_gives_one_line(tmp_path):
    assert advise(tmp_path, plan()) == [[RFA_02]]


def test_a_list_gives_a_line_for_each_plan(tmp_path):
    assert advise(tmp_path, [plan(target_mm=50), plan(), plan(status="cancelled")]) == [[], [RFA_02], []]


def test_no_plan_gives_no_line(tmp_path):
    assert advise(tmp_path, []) == []


def test_a_step_without_a_size_takes_that_of_the_case(tmp_path):
    row = {key: value for key, value in STEP.items() if key != "target_mm"}
    assert advise(tmp_path, {"facts": FACTS, "steps": [row]}) == [[RFA_02]]


def test_a_size_that_is_not_recorded_is_asked_for(tmp_path):
    [[firing]] = advise(tmp_path, plan(target_mm=None))
    assert firing["rule"] == "RFA-03"


def test_a_firing_on_the_whole_plan_has_no_step(tmp_path):
    [[firing]] = advise(tmp_path, plan(FACTS | {"trial_consideration": "not_recorded"}, target_mm=50))
    assert (firing["rule"], firing["step"]) == ("TRI-01", None)


def test_the_details_are_there_for_the_asking(tmp_path):
    [[firing]] = advise(tmp_path, plan(FACTS | {"grade": None}, target_mm=50), "--details")
    assert firing["details"] == ["grade"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([plan(), plan(), plan(), plan({"extent": "wide"})], '[3].facts.extent: unknown value "wide"'),
        (b"{", "line 1 column 2: not JSON"),
        (b"\xff", "byte 0: the input is not UTF-8 text"),
        (b"7", "input: must be an object, not 7"),
    ],
)
def test_malformed_input_leaves_nothing_half_printed(tmp_path, data, text):
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("advise", write(tmp_path, data), stdout=out)
    assert str(caught.value).startswith(text)
    assert caught.value.returncode == 2
    assert out.getvalue() == ""


def test_it_reads_standard_input_and_needs_no_database():
    done = run("-", stdin=json.dumps(plan()).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == [RFA_02]


@pytest.mark.parametrize(
    ("arguments", "stdin", "text"),
    [
        (("-",), json.dumps([plan(), plan(order=True)]).encode(), b"[1].steps[0].order: must be a whole number, not true"),
        (("no/such\nfile.json",), b"", b'"no/such\\nfile.json": No such file or directory'),
        (("careplans",), b"", b'"careplans": Is a directory'),
    ],
)  # fmt: skip
def test_malformed_input_ends_with_2_and_one_line(arguments, stdin, text):
    done = run(*arguments, stdin=stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1
    assert text in done.stderr
