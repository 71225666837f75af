"""Which facts an advisory of a signed plan judges, where they have changed since: said beside each, so that nobody takes what was
true of the signed facts for what is true today. Pure."""

from collections.abc import Mapping, Sequence

from careplans.rules.arms import PlanFiring

NO_MORE = "Judged on the facts that the plan was signed on. On today's facts it fires no more."
TOO = "Judged on the facts that the plan was signed on. On today's facts it fires too."
OTHERWISE = "Judged on the facts that the plan was signed on. On today's facts it fires on other grounds"
SINCE = "Judged on today's facts: since the facts changed."

Key = tuple[str, str | None]


def by_key(firings: Sequence[PlanFiring]) -> Mapping[Key, PlanFiring]:
    return {(one.rule, one.step): one for one in firings}


def words_of_today(signed: PlanFiring, today: PlanFiring | None) -> str:
    """Beside a firing on the signed facts: whether the same rule fires on those of today."""
    if today is None:
        return NO_MORE
    if (signed.details, signed.in_arms) == (today.details, today.in_arms):
        return TOO
    told = [detail.text for detail in today.details] + ([f"only {today.in_arms}"] if today.in_arms else [])
    return f"{OTHERWISE}: {'; '.join(told)}." if told else f"{OTHERWISE}."
