"""Added sources, and the check that every sentence names one."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError

from accounts import audit
from accounts.models import User
from accounts.permissions import require
from common.centre_day import centre_today
from common.writing import transactional
from modalities.markup import FILE, IMAGE, added_in, attached_in, misplaced_images, numbers_in, unsourced_sentences
from modalities.models import Attachment, Modality, Source, Statement


@transactional
def add_source(
    *, by: User, title: str, publisher: str, published_on: str, accessed_on: date, link: str = ""
) -> Source:  # fmt: skip
    """A source is never changed or taken away, because revisions that stand forever point at it."""
    require(by, "reference.edit")
    if accessed_on > centre_today():
        raise ValidationError({"accessed_on": "Enter the day on which you read it: today or earlier."})
    # Numbers are given in order; two editors at once would collide on the unique number, not share it.
    last = Source.objects.select_for_update().order_by("-number").first()
    source = Source.objects.create(
        number=last.number + 1 if last else 1, title=title, publisher=publisher, published_on=published_on,
        accessed_on=accessed_on, link=link, added_by=by,
    )  # fmt: skip
    audit.record("reference.source_added", by=by, subject=source, label=str(source)[:160])
    return source


def check_sources(texts: Mapping[str, str], page: Modality) -> dict[str, list[str]]:
    """What is wrong, by section: sentences without a source, and markers that point nowhere."""
    attached = {one.pk: one for one in page.attachments.for_list().filter(pk__in=attached_in(*texts.values()))}
    statements = set(Statement.objects.values_list("number", flat=True))
    added = set(Source.objects.filter(number__in=added_in(*texts.values())).values_list("number", flat=True))
    problems: dict[str, list[str]] = {}
    for name, text in texts.items():
        found = [_unsourced(sentence) for sentence in unsourced_sentences(text)]
        found += [
            f"There is no statement {n}. The source has S01 to S37." for n in numbers_in(text) if n not in statements
        ]
        found += [
            f"There is no source E{n}. Add it to the list of sources first." for n in added_in(text) if n not in added
        ]
        found += _misattached(text, attached)
        if found:
            problems[name] = found
    return problems


def _misattached(text: str, attached: Mapping[int, Attachment]) -> list[str]:
    problems = [f"Put [image {n}] on a line of its own." for n in misplaced_images(text)]
    for noun, pattern in (("image", IMAGE), ("file", FILE)):
        for number in map(int, pattern.findall(text)):
            found = attached.get(number)
            if found is None or found.is_image != (noun == "image"):
                problems.append(f"There is no {noun} {number} on this page. Look at its list of images and files.")
            elif found.withdrawn_at:
                problems.append(
                    f"The {noun} {number} has been withdrawn. Take [{noun} {number}] out or attach another."
                )
    return problems


def _unsourced(sentence: str) -> str:
    start = sentence if len(sentence) <= 60 else f"{sentence[:60]}…"
    return (
        f"“{start}” names no source. End it with the statement behind it, such as [S20], with an added source, such "
        "as [E1], or with [—] if it is a sentence of your own."
    )
