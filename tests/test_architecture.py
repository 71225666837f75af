"""Who may import whom, who may change rows, and how large a thing may grow (docs/architecture.md), read off the code itself."""

import ast
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("common", "accounts", "modalities", "careplans")
LONGEST_FILE = 300
MOST_LOOSE_MODULES = 8
# A room that grows past this is split by noun.
LARGEST_ROOM = 21
# Where it may be more, and why: on the spine one noun is one file in every layer, so those rooms grow with the nouns and their
# verbs, and to split one is to split all. A ceiling comes down when its room does, and is never raised without a word here.
SPINE = "a file for each noun, or for a verb that is long"
LARGER_ROOMS = {
    "careplans/models": (62, "a file for the tables of each noun, the rooms' too: migrations stay in one place"),
    "careplans/services": (75, SPINE),
    "careplans/views": (55, SPINE),
    "careplans/forms": (38, SPINE),
    "careplans/api": (46, SPINE),
    "careplans/api/serializers": (38, SPINE),
    "accounts/services": (28, SPINE),
    "accounts": (
        29,
        "the four doors of every request: signing in, permission, reading, the audit trail; each is small",
    ),
    "common": (38, "a file for each small thing that all apps use, none of which knows of another"),
}

# From the ground up. A module may import its own layer and those below it; the longest name that fits decides.
LAYERS = (
    ("common",),
    ("accounts",),
    ("modalities", "careplans.rules.engine"),
    ("careplans.models",),
    ("careplans.guards", "careplans.history", "careplans.locks"),
    ("careplans.readers", "careplans.deidentified", "careplans.reminders", "careplans.outbox"),
    ("careplans.rules", "careplans.plan_templates"),
    ("careplans.services", "careplans.webhooks"),
    # Reads what other programs send, and writes through the services alone: the pages and the API are two doors to it.
    ("careplans.importing",),
    ("careplans.templatetags", "careplans.forms", "careplans.rules.forms", "careplans.plan_templates.forms",
     "careplans.outbox.forms", "careplans.reports.forms", "careplans.webhooks.forms"),
    ("careplans.views", "careplans.api", "careplans.rules.views", "careplans.plan_templates.views",
     "careplans.outbox.views", "careplans.reports", "careplans.paper", "careplans.webhooks.views",
     # It writes down what the API's lists say, so it stands beside them, and nothing of either knows of it.
     "careplans.exports",
     # It works out beforehand what the reports say, and nothing but ticks knows of it.
     "careplans.summaries"),
    ("careplans.urls", "careplans.tasks", "careplans.chores", "careplans.management", "careplans.demo", "careplans.apps"),
)  # fmt: skip
# And what the layers alone do not say.
FORBIDDEN = {
    "accounts.models": ("accounts.services", "accounts.views", "accounts.forms"),
    "accounts.services": ("accounts.views", "accounts.forms"),
    "accounts.forms": ("accounts.views",),
    "modalities.models": ("modalities.services", "modalities.views", "modalities.forms"),
    "modalities.services": ("modalities.views", "modalities.forms"),
    "modalities.forms": ("modalities.views",),
    # The spine does not know how reminders and webhooks leave; the page of failed ones records what came back.
    "careplans.services": ("careplans.outbox", "careplans.webhooks"),
    "careplans.models": ("careplans.outbox",),
    "careplans.forms": ("careplans.services", "careplans.views", "careplans.api"),
    "careplans.views": (
        "careplans.api",
        "careplans.reports",
        "careplans.paper",
        "careplans.exports",
        "careplans.tasks",
    ),
    "careplans.api": ("careplans.views", "careplans.reports", "careplans.exports", "careplans.tasks"),
    "careplans.reports": ("careplans.services", "careplans.exports", "careplans.summaries"),
    "careplans.summaries": ("careplans.services", "careplans.views", "careplans.api", "careplans.exports"),
    # A file changes nothing of the record: only the rows of exports are written.
    "careplans.exports": ("careplans.services", "careplans.views", "careplans.paper", "careplans.tasks"),
    # What is printed is what is written: a sheet changes nothing.
    "careplans.paper": ("careplans.services", "careplans.reports"),
    "careplans.rules": ("careplans.reports", "careplans.plan_templates"),
    "careplans.plan_templates": ("careplans.reports",),
    "careplans.outbox": ("careplans.reports", "careplans.views.plans", "careplans.api"),
    "common": ("config", "accounts", "modalities", "careplans"),
    "careplans.readers": ("careplans.reminders", "careplans.outbox"),
}
# Addresses may name what nothing else may know.
ADDRESSES = {
    "careplans.api.urls": ("careplans.reports.api", "careplans.exports.api"),
    "careplans.api.fhir.urls": ("careplans.exports.fhir.door",),
}
# Rows change here and nowhere else.
WRITERS = (
    "common.writing", "common.leases",
    "accounts.audit", "accounts.mailbox", "accounts.session_store", "accounts.services", "accounts.models",
    "modalities.models", "modalities.services",
    "careplans.history", "careplans.services", "careplans.reminders", "careplans.outbox", "careplans.rules",
    "careplans.plan_templates", "careplans.exports", "careplans.summaries", "careplans.webhooks",
    "careplans.demo",
)  # fmt: skip
NO_WRITERS = (
    "careplans.exports.views",
    "careplans.exports.forms",
    "careplans.exports.api",
    "careplans.exports.fhir",
    "careplans.rules.views",
    "careplans.rules.forms",
    "careplans.plan_templates.views",
    "careplans.plan_templates.forms",
    "careplans.outbox.views",
    "careplans.outbox.forms",
    "careplans.webhooks.views",
    "careplans.webhooks.forms",
    "careplans.rules.engine",
)
WRITING = {
    "create", "bulk_create", "update", "bulk_update", "delete", "save", "get_or_create", "update_or_create",
    "aupdate", "asave", "acreate", "adelete", "compare_and_set", "compare_seen_and_set",
}  # fmt: skip
# A dict and a set have `update` too, and a form's `data` is one; everything else that is called so changes rows.
PLAIN = re.compile(
    r"(^|\.)(attrs|context|values|widget|data|query|found|answer|initial|env|headers|errors)$|^\{|^dict\(|__dict__$"
)
PURE = (
    "common.figures",
    "careplans.readers.plan_changes",
    "careplans.models.plan_content",
    "common.merging",
    "common.local_time",
    "careplans.views.ordering",
)


def modules():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


# The package that holds the layers is in none of them.
NAMES = {name for _, name in modules()} - {"careplans"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, prefix):
    return name == prefix or name.startswith(f"{prefix}.")


def layer_of(name):
    fitting = [(len(part), height) for height, parts in enumerate(LAYERS) for part in parts if within(name, part)]
    return max(fitting)[1] if fitting else None


def imports_by_dots(path):
    return [
        node.lineno for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) and node.level
    ]


def upward(name, targets):
    return [f"{name} imports {target}" for target in targets if target in NAMES and layer_of(target) > layer_of(name)]


def forbidden(name, targets):
    return [
        f"{name} imports {target}"
        for prefix, banned in FORBIDDEN.items()
        if within(name, prefix)
        for target in targets
        if any(within(target, one) for one in banned)
        and not any(within(target, one) for one in ADDRESSES.get(name, ()))
    ]


def circles(imports):
    """Groups of modules that reach each other, by Tarjan's algorithm."""
    found, index, low, stack = [], {}, {}, []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in imports[name]:
            if target not in index:
                visit(target)
            if target in stack:
                low[name] = min(low[name], low[target])
        if low[name] == index[name]:
            place = stack.index(name)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(imports):
        if name not in index:
            visit(name)
    return found


def modules_imported(path, name):
    """A name out of a package means the module behind it, where there is one; the package itself is not meant then."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= full & NAMES
            if full - NAMES:
                found.add(node.module)
    return (found & NAMES) - {name}


def written_rows(tree):
    """Calls that change a row: the managers' and query sets' own words, and our compare-and-set."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in WRITING:
            continue
        on = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if called == "update" and PLAIN.search(on):
            continue
        yield f"{node.lineno}: {ast.unparse(node)[:80]}"


def test_nothing_imports_upwards():
    assert [fault for path, name in modules() for fault in upward(name, imported(path))] == []


def test_nothing_imports_what_it_must_not_know():
    assert [fault for path, name in modules() for fault in forbidden(name, imported(path))] == []


def test_the_engine_of_rules_knows_nothing_but_itself_python_and_how_figures_are_read():
    alone = ("careplans.rules.engine", "common.figures")
    found = {
        target.partition(".")[0]
        for path, name in modules()
        if any(within(name, part) for part in alone)
        for target in imported(path)
        if not any(within(target, part) for part in alone)
    }
    assert found <= sys.stdlib_module_names, found - sys.stdlib_module_names


def test_every_number_field_is_one_that_asks():
    """Django's and REST framework's own take 1.000 for 1; tests/test_numbers.py looks at the fields themselves."""
    silent = re.compile(r"forms\.(Integer|Decimal|Float)Field\(|serializers\.(Decimal|Float)Field\(")
    found = [name for path, name in modules() if name != "common.forms" and silent.search(path.read_text())]
    assert found == ["careplans.api.serializers.figures"], "Use common.forms and careplans.api.fields."


def test_no_product_code_imports_what_measures_or_tests_it():
    assert [name for path, name in modules() for t in imported(path) if t.partition(".")[0] in ("bench", "tests")] == []


def test_imports_name_the_whole_path():
    """With dots in front, no check here would see them."""
    assert {name: lines for path, name in modules() if (lines := imports_by_dots(path))} == {}


def test_every_module_has_a_layer():
    assert [name for name in NAMES if layer_of(name) is None] == []


def test_no_modules_import_in_a_circle():
    assert circles({name: modules_imported(path, name) for path, name in modules()}) == []


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("careplans.outbox.sending", ["careplans.services.plans"]),
        ("careplans.models.plans", ["careplans.history"]),
        ("careplans.rules.runs", ["careplans.views.plans"]),
        ("accounts.access", ["careplans.models"]),
    ],
)
def test_the_walk_notices_an_import_upwards(name, targets):
    assert upward(name, targets) == [f"{name} imports {targets[0]}"]


def test_the_walk_notices_what_the_layers_alone_allow():
    assert forbidden("careplans.services.plans", ["careplans.outbox.sending"])
    assert forbidden("careplans.views.work", ["careplans.reports.overrides"])


def test_the_walk_notices_a_circle():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_accounts_names_no_page_above_it():
    paths = [*(ROOT / "accounts").rglob("*.py"), *(ROOT / "templates" / "accounts").rglob("*.html")]
    assert [str(path) for path in paths if re.search(r"""['"]careplans:""", path.read_text())] == []


def test_rows_change_only_where_rows_may_change():
    found = []
    for path, name in modules():
        if any(within(name, one) for one in WRITERS) and not any(within(name, one) for one in NO_WRITERS):
            continue
        found += [f"{name}:{line}" for line in written_rows(ast.parse(path.read_text()))]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "Plan.objects.filter(pk=1).update(status='x')",
        "rows.update(status='x')",
        "row.save()",
        "plan.save()",
        "plan.steps.all().delete()",
        "queryset.update(status='x')",
        "await step.asave()",
        "Plan.objects.create()",
        "Plan.objects.bulk_create([])",
        "compare_and_set(plan, expected=1)",
    ],
)
def test_a_write_is_noticed(code):
    assert list(written_rows(ast.parse(code)))


def test_no_file_is_longer_than_a_reader_has_patience():
    long = {name: len(path.read_text().splitlines()) for path, name in modules()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_few_modules_lie_loose_in_careplans():
    loose = [path.name for path in (ROOT / "careplans").glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= MOST_LOOSE_MODULES


def sizes():
    """Of each room, how many modules lie in it: what is in rooms within it counts there."""
    found = Counter(path.parent.relative_to(ROOT).as_posix() for path, _ in modules() if path.name != "__init__.py")
    assert len(found) > 50
    return found


def test_no_room_grows_past_a_glance():
    ceilings = {room: most for room, (most, _) in LARGER_ROOMS.items()}
    assert {room: count for room, count in sizes().items() if count > ceilings.get(room, LARGEST_ROOM)} == {}


def test_the_ceiling_of_a_larger_room_comes_down_with_it():
    found = sizes()
    assert {
        room: found[room] for room, (most, _) in LARGER_ROOMS.items() if not most - 5 < found[room] > LARGEST_ROOM
    } == {}


def test_no_signal_and_no_save_override():
    found = []
    for path, name in modules():
        tree = ast.parse(path.read_text())
        if name == "careplans.apps":
            # Before and after tables change, which Django tells in no other way; nothing of a row.
            continue
        found += [
            f"{name} imports signals" for target in imported(path) if target.startswith("django.db.models.signals")
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and name.split(".")[1:2] == ["models"]:
                found += [f"{name}.{node.name}.save" for item in node.body if getattr(item, "name", "") == "save"]
    assert found == []


def test_today_is_a_boards_or_the_centres():
    """A bare `localdate` is the server's day on a page of a board in another zone."""
    bare = re.compile(r"\blocaldate\(\)|\bdate\.today\(|\bdatetime\.today\(")
    found = [name for path, name in modules() if name != "common.centre_day" and bare.search(path.read_text())]
    assert found == [], "Use `board.today`, `accounts.services.absences.today_on` or `common.centre_day.centre_today`."


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_do_not_query(name):
    text = (ROOT / (name.replace(".", "/") + ".py")).read_text()
    assert ".objects" not in text
