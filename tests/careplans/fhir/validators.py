"""The two validators, each as one process over all resources. R4's definitions come from npm (`node/package.json`)."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

NODE = Path(__file__).with_name("node")
CACHE = Path(os.environ.get("FHIR_CHECKS") or Path.home() / ".cache" / "consilium-fhir-checks")
DEFINITIONS = ("profiles-types", "profiles-resources", "valuesets", "v3-codesystems", "extension-definitions")


def installed():
    """The folder with what npm brought, as the lock says; installed by script/test, or here."""
    lock, kept = NODE / "package-lock.json", CACHE / "package-lock.json"
    if not (kept.exists() and kept.read_bytes() == lock.read_bytes() and (CACHE / "node_modules").exists()):
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, CACHE / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"]
        subprocess.run(command, cwd=CACHE, check=True, capture_output=True, timeout=300)
    for script in NODE.glob("*.mjs"):
        shutil.copy(script, CACHE / script.name)
    return CACHE


def run_node(script, *arguments, stdin=""):
    done = subprocess.run(
        ["node", str(installed() / script), *arguments], input=stdin, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def medplum(resources):
    """What it refuses, by the place in the list."""
    lines = run_node("validate.mjs", stdin="".join(f"{json.dumps(one)}\n" for one in resources)).splitlines()
    return {told["place"]: told["said"] for told in map(json.loads, lines)}


OWN = ("CodeSystem", "ValueSet", "StructureDefinition")


def pyrofile(resources):
    """The same of the other one, which goes by our own code systems and extensions, too: they are among the resources."""
    with tempfile.TemporaryDirectory() as folder:
        write_each(Path(folder), [one for one in resources if one["resourceType"] in OWN])
        validator = _pyrofile(folder)
    found = {place: _said(validator, one) for place, one in enumerate(resources)}
    return {place: said for place, said in found.items() if said}


def _pyrofile(own):
    from pyrofile_validator.config import ValidatorConfig
    from pyrofile_validator.core.engine import Validator

    return Validator(ValidatorConfig.load_dict({"localPackagePaths": [str(r4_definitions()), own]}))


def r4_definitions():
    """R4's definitions, one a file: in a Bundle that validator passes over them in silence."""
    folder = installed() / "r4"
    if not folder.exists():
        started = CACHE / f"r4-{os.getpid()}"
        r4 = CACHE / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"
        for name in DEFINITIONS:
            write_each(started, [entry["resource"] for entry in json.loads((r4 / f"{name}.json").read_text())["entry"]])
        with suppress(OSError):
            started.rename(folder)
    return folder


def write_each(folder, resources):
    folder.mkdir(parents=True, exist_ok=True)
    for one in resources:
        (folder / f"{one['resourceType']}-{one['id']}.json").write_text(json.dumps(one))


def _said(validator, resource):
    with redirect_stdout(StringIO()):  # It prints what R4's own invariants trace.
        report = validator.validate_resource(resource)
    issues = [issue for issue in report.issues if issue.severity == "error"]
    return [
        f"{issue.code}: {issue.message} at {issue.path}" for issue in issues if not _is_of_an_unfinished_list(issue)
    ]


def _is_of_an_unfinished_list(issue):
    """Beside R4's own value sets it goes by lists out of another package, some of which end in “+” for “and more”: there it
    refuses codes that R4 has. R4's own value set was asked before, and its refusals count."""
    from pyrofile_validator.core.definitions import VALUE_SETS

    found = re.search(r"_r4b_\w+", issue.message)
    return found is not None and "+" in VALUE_SETS.get(found[0], ())
