from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Substr

# After “reminder.”, as `careplans.outbox.outcomes` writes it.
MESSAGE = len("reminder.") + 1


def say_of_which_board(apps, schema_editor):
    """Each notice that may name a patient is of a board, and read only by who sees that board's patients. What is of no board
    stays so: the review of a reference page, a deputy who is gone."""
    Notice = apps.get_model("accounts", "Notice")
    OutboxMessage = apps.get_model("careplans", "OutboxMessage")
    of_message = OutboxMessage.objects.filter(dedupe_key=OuterRef("message")).values("reminder__board")[:1]
    reminded = Notice.objects.filter(dedupe_key__startswith="reminder.")
    reminded.annotate(message=Substr("dedupe_key", MESSAGE)).update(board=Subquery(of_message))
    for notice in Notice.objects.filter(kind__in=KINDS, board=None).order_by("pk").iterator():
        board = KINDS[notice.kind](apps, notice)
        if board is not None:
            Notice.objects.filter(pk=notice.pk).update(board=board)


def by_patient(apps, notice):
    """/patients/7/…: the first board of the person that knows the patient, current memberships before ended ones."""
    known = apps.get_model("careplans", "PatientBoard").objects.filter(patient=notice.path.split("/")[2])
    own = apps.get_model("accounts", "Membership").objects.filter(user=notice.user_id, board__in=known.values("board"))
    current = own.filter(ended_at=None).order_by("board").values_list("board", flat=True).first()
    return current or own.order_by("board").values_list("board", flat=True).first() or known.values_list("board", flat=True).first()


def by_plan(apps, notice):
    plans = apps.get_model("careplans", "Plan").objects.filter(pk=notice.path.split("/")[2])
    return plans.values_list("board", flat=True).first()


def by_key(apps, notice):
    """gap.3.…, board_use.3.…, handed_over.3.…"""
    boards = apps.get_model("accounts", "Board").objects.filter(pk=notice.dedupe_key.split(".")[1])
    return boards.values_list("pk", flat=True).first()


KINDS = {
    "patient": by_patient,
    "care_end": by_patient,
    "signatures": by_plan,
    "board": by_key,
    "handed_over": by_key,
}


def nothing(apps, schema_editor):
    pass


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_notices_of_boards"), ("careplans", "0014_proforma_additions")]

    operations = [migrations.RunPython(say_of_which_board, nothing, elidable=True)]
