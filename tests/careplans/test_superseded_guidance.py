"""A plan keeps the guidance it was signed on; when that no longer stands, its board keeps it with a reason or amends it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import Event, GuidanceAnswer, Plan, Step
from careplans.readers.superseded_guidance import plans_on_superseded
from careplans.services.plans import amend_plan
from careplans.services.step_progress import skip_step
from careplans.services.superseded_guidance import keep_plan
from modalities.models import Modality, Publication, Revision
from modalities.services.publications import withdraw_revision
from modalities.superseding import superseded_revisions
from tests.careplans import makers
from tests.modalities.makers import approver
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def publish(number, *, matters, why="Newer trials.", code="OSA", in_force_on=None):
    """The next revision of a page, as an approval leaves it."""
    page = Modality.objects.get(code=code)
    last = page.current_revision
    revision = Revision.objects.create(
        modality=page, number=number, title=last.title, what_it_is="Newer words", indication="-", limits="-", goal="-",
        availability="-", references="-", change_note="newer", sha256=f"{number}" * 64,
    )  # fmt: skip
    day = in_force_on or timezone.localdate()
    publication = Publication.objects.create(revision=revision, in_force_on=day, matters_to_plans=matters, why=why)
    if day <= timezone.localdate():
        Modality.objects.filter(pk=page.pk).update(current_revision=revision)
    return publication


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe)


def waiting(board):
    return set(plans_on_superseded(Plan.objects.filter(board=board), superseded_revisions()))


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page(user, name, *args):
    return browser(user).get(reverse(f"careplans:{name}", args=args)).content.decode()


def test_a_signed_step_stays_on_its_revision(active):
    publish(2, matters=True)
    assert Step.objects.get(plan=active).modality_revision.number == 1


def test_its_plan_says_that_a_newer_one_exists(active, omar):
    publish(2, matters=False)
    shown = page(omar, "plan", active.pk)
    assert "Revision 2 is newer" in shown
    assert f"{reverse('modalities:compare', args=['osa'])}?old=1&amp;new=2" in shown


def test_a_step_on_the_newest_revision_says_nothing(active, omar):
    assert "is newer" not in page(omar, "plan", active.pk)


def test_a_draft_is_pinned_to_what_is_in_force_when_it_is_sent_to_sign_off(case, ana, omar):
    plan = makers.make_plan(case, by=ana)
    publish(2, matters=False)
    assert "will rest on" in page(omar, "plan_edit", plan.pk)
    makers.submit(plan, by=ana)
    assert Step.objects.get(plan=plan).modality_revision.number == 2
    event = Event.objects.get(kind="guidance_pinned")
    assert (event.by, event.data["old_number"], event.data["new_number"]) == (ana, 1, 2)


def test_the_signature_covers_the_pinned_revision(board, case, ana, omar, chloe):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.make_plan(case, by=ana)
    publish(2, matters=False)
    makers.submit(plan, by=ana)
    makers.sign(plan, by=omar)
    assert makers.release(plan, by=chloe).status == "active"


def test_a_step_that_is_past_stays_on_the_revision_it_was_decided_on(active, ana, chloe):
    step = active.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    publish(2, matters=True)
    new = amend_plan(Plan.objects.get(pk=active.pk), by=ana, reason="More to do")
    makers.submit(new, by=ana)
    assert Step.objects.get(plan=new).modality_revision.number == 1


def test_a_plan_enters_the_list_when_the_approver_says_that_it_matters(board, active):
    publish(2, matters=True)
    assert waiting(board) == {active}


@pytest.mark.parametrize("matters", [False, None])
def test_it_does_not_when_the_change_does_not_matter(board, active, matters):
    publish(2, matters=matters)
    assert waiting(board) == set()


def test_it_enters_only_on_the_day_the_revision_goes_into_force(board, active):
    publish(2, matters=True, in_force_on=timezone.localdate() + timedelta(days=7))
    assert waiting(board) == set()
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert waiting(board) == {active}


def test_a_withdrawn_revision_is_asked_about_too(board, active):
    withdraw_revision(Step.objects.get(plan=active).modality_revision, by=approver(), reason="Retracted")
    assert waiting(board) == {active}


def test_a_plan_in_sign_off_is_asked_about_and_a_draft_is_not(board, ana):
    asked = makers.submit(makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana), by=ana)
    makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-3"), by=ana)
    publish(2, matters=True)
    assert waiting(board) == {asked}


def test_a_plan_whose_steps_are_all_settled_rests_on_nothing(board, active, ana):
    step = active.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    publish(2, matters=True)
    assert waiting(board) == set()


def test_keeping_it_needs_a_reason_and_leaves_both_records(board, active, omar):
    because = publish(2, matters=True)
    with pytest.raises(ValidationError, match="Give a reason"):
        keep_plan(active, by=omar, reason=" ", seen={because.pk})
    keep_plan(active, by=omar, reason="Two cycles are given already", seen={because.pk})
    answer = GuidanceAnswer.objects.get()
    assert (answer.plan, answer.by, answer.because, answer.revision.number) == (active, omar, because, 1)
    assert Event.objects.get(kind="guidance_kept").reason == "Two cycles are given already"
    assert AuditEvent.objects.filter(action="guidance_kept", actor=omar).exists()
    assert waiting(board) == set()


@pytest.mark.parametrize("role", ["nina", "anselm", "otto", "edda"])
def test_only_who_works_on_plans_keeps_them(active, role, request):
    because = publish(2, matters=True)
    with pytest.raises(PermissionDenied):
        keep_plan(active, by=request.getfixturevalue(role), reason="-", seen={because.pk})


def test_a_revision_that_matters_again_asks_again(board, active, omar):
    keep_plan(active, by=omar, reason="Kept", seen={publish(2, matters=True).pk})
    publish(3, matters=True)
    assert waiting(board) == {active}


def test_what_was_published_since_the_page_was_drawn_is_not_kept_unseen(board, active, omar):
    seen = publish(2, matters=True)
    publish(3, matters=True)
    with pytest.raises(ValidationError, match="answered this already"):
        keep_plan(active, by=omar, reason="Kept", seen={seen.pk})
    assert waiting(board) == {active}


def test_it_stays_on_the_list_until_its_amendment_is_released(board, active, ana, chloe, omar):
    publish(2, matters=True)
    new = amend_plan(active, by=ana, reason="Newer guidance")
    assert waiting(board) == {active}
    assert f"plan {new.number}</a>" in page(omar, "superseded_guidance", board.pk)
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert waiting(board) == set()


def test_the_list_says_why_it_matters_and_shows_the_difference(board, active, omar):
    publish(2, matters=True, why="Narrower than before.")
    shown = page(omar, "superseded_guidance", board.pk)
    assert "Narrower than before." in shown
    assert "See the difference" in shown
    assert "Keep it as it is" in shown


def test_an_observer_sees_the_list_without_its_buttons(board, active, nina):
    publish(2, matters=True)
    assert "Keep it as it is" not in page(nina, "superseded_guidance", board.pk)


def test_a_refused_reason_keeps_the_page(board, active, omar):
    because = publish(2, matters=True)
    answer = browser(omar).post(
        reverse("careplans:superseded_guidance_keep", args=[active.pk]), {"reason": "", "seen": str(because.pk)}
    )
    assert answer.status_code == 400
    assert "Keep the plan, because" in answer.content.decode()


def test_a_kept_plan_leaves_the_page(board, active, omar):
    because = publish(2, matters=True)
    browser(omar).post(
        reverse("careplans:superseded_guidance_keep", args=[active.pk]), {"reason": "Kept", "seen": str(because.pk)}
    )
    assert "Under no plan has guidance changed" in page(omar, "superseded_guidance", board.pk)


def test_the_amendment_begins_with_why(active, omar):
    publish(2, matters=True, why="Narrower than before.")
    shown = browser(omar).get(reverse("careplans:plan_amend", args=[active.pk]), {"guidance": 1}).content.decode()
    assert "Narrower than before." in shown


def test_my_work_and_the_board_count_them(board, active, omar):
    publish(2, matters=True)
    assert "Guidance has changed" in page(omar, "my_work")
    assert "Plans under which guidance has changed" in page(omar, "board_home", board.pk)


def test_an_editor_sees_how_many_and_no_patient(active, edda):
    shown = page(edda, "page_plans", "osa")
    assert "Revision 1" in shown
    assert 'class="c-number" data-label="Signed plans">1<' in shown
    for text in ("Ashdown", "SYN-1", "Ileal NET"):
        assert text not in shown


def test_a_member_sees_the_cases_of_their_boards_only(active, omar, otto):
    assert "Ileal NET" in page(omar, "page_plans", "osa")
    assert "Ileal NET" not in page(otto, "page_plans", "osa")


def test_the_pages_cost_the_same_for_two_plans_and_twelve(board, ana, chloe, client, django_assert_max_num_queries):
    counts = []
    client.force_login(ana)
    published = False
    for numbers in (range(2), range(2, 9)):
        for n in numbers:
            makers.make_active_plan(makers.make_case(board, by=ana, record_number=f"SYN-{n}"), by=ana, chair=chloe)
            if published:  # as signed before the change
                with rewriting():
                    Step.objects.update(modality_revision=Revision.objects.get(number=1))
        if not published:
            publish(2, matters=True)
            published = True
        assert len(waiting(board)) == len(range(numbers.stop))
        client.get(reverse("careplans:superseded_guidance", args=[board.pk]))
        with django_assert_max_num_queries(11) as one:
            client.get(reverse("careplans:superseded_guidance", args=[board.pk]))
        with django_assert_max_num_queries(8) as two:
            client.get(reverse("careplans:page_plans", args=["osa"]))
        counts.append((len(one), len(two)))
    assert counts[0] == counts[1]
