"""Which tests run on both databases.

PostgreSQL runs all of them: it is what hospitals run, and strings with a NUL, numbers out of range, orders without a tie-breaker,
a failed statement that spoils its transaction, locks and isolation show there wherever a page or the API asks. SQLite is where
the demo and a first try run; there, the same tests would mostly find the same faults of Python once more, for half of the time
of a run. So it runs those of what is not the same there: of each module that writes SQL or asks which database it is, and how
somebody meets SQLite.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What writes SQL of its own, or something for each database, and the tests of that: a folder ends in a slash.
WRITTEN = {
    "common/": ("common/",),
    "accounts/services/call_counts.py": ("careplans/test_api_limits.py",),
    "careplans/readers/known/": ("careplans/known/",),
    "careplans/readers/served/together.py": ("careplans/test_saved_parts.py", "careplans/test_api_nouns.py"),
    "careplans/exports/": ("careplans/exports/",),
    "careplans/reports/": ("careplans/reports/",),
    "careplans/summaries/tables.py": ("careplans/reports/test_summaries.py",),
    "careplans/models/change_triggers.py": ("careplans/test_changes_moves.py", "careplans/test_changes_feed.py"),
    "careplans/models/past_triggers.py": ("careplans/known/",),
    "careplans/models/patient_keys.py": ("careplans/test_patients_found.py", "careplans/test_patients_migration.py"),
    "careplans/models/message_counts.py": ("careplans/outbox/test_message_counts.py",),
    "careplans/models/outbox.py": ("careplans/outbox/test_claims.py",),
    "careplans/models/report_summaries.py": ("careplans/reports/test_summaries_of_months.py",),
    "careplans/models/kept.py": ("test_kept.py",),
    "careplans/outbox/views/health.py": ("careplans/outbox/test_health_page.py",),
    "careplans/outbox/witness.py": ("careplans/outbox/test_restores.py",),
    "careplans/demo/": ("careplans/test_seed_large.py", "careplans/test_seed_demo.py"),
    "careplans/apps.py": ("test_kept.py", "test_migrations.py"),
}
# About the databases themselves; and the main job, and what somebody does who has just begun.
BESIDE = (
    "test_databases.py", "test_databases_empty.py", "test_migrations.py", "test_birth_dates_migration.py",
    "test_statements.py", "test_distinct_texts.py", "config/", "faults/", "bench/", "test_first_submit.py",
    "careplans/test_plans_main_job.py", "careplans/test_finding.py",
    "careplans/test_signed_content.py", "careplans/test_partial_dates.py", "careplans/rules/test_runner_unreadable.py",
    "careplans/importing/test_pieces.py", "careplans/webhooks/test_registering.py", "careplans/test_steps_waiting.py",
    "careplans/fhir/test_snomed_loading.py", "careplans/outbox/test_sending_worker.py", "careplans/importing/test_people.py",
)  # fmt: skip
# Of these places, what takes minutes and asks by nothing that the others do not ask by.
LONG = (
    "config/test_first_start.py", "careplans/reports/test_as_of.py", "careplans/reports/test_pack.py",
    "careplans/exports/test_faults.py",
)  # fmt: skip
PLACES = tuple(sorted({*BESIDE, *(place for places in WRITTEN.values() for place in places)}))


def runs_on_both(path):
    """Of a module of tests."""
    name = path.relative_to(ROOT / "tests").as_posix()
    return name.startswith(PLACES) and name not in LONG
