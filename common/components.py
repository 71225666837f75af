"""The small components that stand on a page dozens of times, as tags: `{% status_tag plan.status plan.get_status_display %}`.

In Python and not in `templates/components/`: an include for each costs ten times as much. Given to every template by the
settings (builtins).
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import render_value_in_context
from django.templatetags.static import static
from django.utils.dates import MONTHS_3
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime

from common.direction import isolated

register = template.Library()
register.filter("isolated", isolated, is_safe=True)

# Which symbol of static/images/sprite.svg stands before the words of a state; others have none. Tones: static/scss/_status.scss.
ICONS = {
    "tick": ("completed", "done", "active", "approved", "approved_with_comment", "accepted", "published", "chosen"),
    "half": ("in_progress", "in_signoff"),
    "ring": ("planned", "pending", "waiting", "proposed"),
    "pause": ("on_hold", "set_aside"),
    "stop": ("stopped", "revoked"),
    "cross": ("not_done", "declined", "did_not_attend", "failed", "cancelled", "void"),
    "warning": ("overdue", "dissented"),
    "clock": ("due", "review_due"),
    "pen": ("draft",),
}
ICON_OF = {state: icon for icon, states in ICONS.items() for state in states}

NOT_SAID = (None, "", "not_recorded", "Not recorded")
# Looks different from "No" and from any value.
NOT_RECORDED = '\n<span class="c-not-recorded">Not recorded</span>\n'


def words(value: Any, context: template.Context) -> str:
    """As `{{ value }}`: a number or a day by the language, escaped."""
    return conditional_escape(value) if isinstance(value, str) else render_value_in_context(value, context)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """A symbol of static/images/sprite.svg. Decorative: the words beside it carry the meaning."""
    use = f'<use href="{static("images/sprite.svg")}#{conditional_escape(name)}"></use>'
    return SafeString(f'\n<svg class="c-icon" aria-hidden="true" focusable="false">{use}</svg>\n')


@register.simple_tag
def status_tag(status: str, label: str = "") -> SafeString:
    """A state of a plan, step, follow-up, signature or page. The code, and the words (get_status_display)."""
    drawn = icon(ICON_OF[status]) if status in ICON_OF else ""
    said = conditional_escape(label or status)
    return SafeString(f'\n<span class="c-status c-status--{conditional_escape(status)}">{drawn}{said}</span>\n')


@register.simple_tag
def left_mark() -> SafeString:
    """Marks what is with somebody who cannot do it any more."""
    return status_tag("overdue", "Left to nobody")


@register.simple_tag
def day(at: date | None, days: int | None = None, deadline: bool = False) -> SafeString:
    """As `components/date.html`: a day, or the day of a moment where the page is read, and how far away it is."""
    if not at:
        return SafeString(f"\n{NOT_RECORDED}\n")
    here = localtime(at) if isinstance(at, datetime) and is_aware(at) else at
    overdue, soon = deadline and days is not None and days < 0, deadline and days is not None and 0 <= days <= 7
    tone = " c-date--overdue" if overdue else " c-date--soon" if soon else ""
    stamp = f"{here.year:04d}-{here.month:02d}-{here.day:02d}"
    told = f'<time datetime="{stamp}">{here.day} {str(MONTHS_3[here.month]).title()} {here.year:04d}</time>'
    away = f' <span class="c-date__relative">{_away(days, deadline)}</span>' if days is not None else ""
    return SafeString(f'\n<span class="c-date{tone}">{told}{away}</span>\n')


def _away(days: int, deadline: bool) -> str:
    if days in (0, 1):
        return "tomorrow" if days else "today"
    if days > 0:
        return f"in {days} days"
    if days == -1:
        return "1 day overdue" if deadline else "yesterday"
    return f"{-days} days {'overdue' if deadline else 'ago'}"


@register.simple_tag
def not_recorded() -> SafeString:
    return SafeString(NOT_RECORDED)


@register.simple_tag(takes_context=True)
def value(context: template.Context, value: Any, unit: str = "") -> SafeString:
    """None, "" and "not_recorded" show as not recorded, 0 and False do not."""
    return SafeString(_value(context, value, unit))


def _value(context: template.Context, value: Any, unit: str) -> str:
    if value in NOT_SAID:
        return f"\n{NOT_RECORDED}\n"
    if isinstance(value, bool):
        return "\nYes\n" if value else "\nNo\n"
    return f"\n{words(value, context)}{f' {words(unit, context)}' if unit else ''}\n"


@register.simple_tag(takes_context=True)
def fact(context: template.Context, key: str, value: Any, unit: str = "", found: Any = "") -> SafeString:
    """One fact of <dl class="c-facts">. `found`: when and where it was found."""
    where = f'<span class="c-facts__found">{words(found, context)}</span>' if found else ""
    told = _value(context, value, unit)
    return SafeString(f"\n<div><dt>{words(key, context)}</dt><dd>{told}{where}</dd></div>\n")


@register.simple_tag(takes_context=True)
def summary_row(
    context: template.Context, key: str, value: Any, unit: str = "", url: str = "", action: str = "Change"
) -> SafeString:
    """One row of <dl class="nhsuk-summary-list">. `url`, `action`: a link to change it."""
    name = words(key, context)
    link = f'<a href="{words(url, context)}">{words(action, context)}<span class="nhsuk-u-visually-hidden"> {name}</span></a>'
    change = f'<dd class="nhsuk-summary-list__actions">{link}</dd>' if url else ""
    row = f"""
<div class="nhsuk-summary-list__row">
  <dt class="nhsuk-summary-list__key">{name}</dt>
  <dd class="nhsuk-summary-list__value">{_value(context, value, unit)}</dd>
  {change}
</div>
"""
    return SafeString(row)
