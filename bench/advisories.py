"""How long the advisories of one plan take: 10,000 random plans (goal: under 1 ms on average).

python -m bench.advisories [--plans 10000] [--seed 1]
"""

import argparse
import random
import statistics
import time

from careplans.rules.engine import evaluate, read_draft, seed_rule_set
from careplans.rules.engine import vocabulary as v
from careplans.rules.engine.proforma import CODED, MM_FACTS


def random_facts(rng: random.Random) -> dict[str, object]:
    """Each fact of the rules recorded, not recorded or not mentioned. Lengths crowd around the limit of 50 mm."""
    facts: dict[str, object] = {}
    for name in v.RULE_FACTS:
        if rng.random() < 0.8:
            sizes = (None, 9, 49, 50, 51, rng.randint(1, 500))
            facts[name] = rng.choice(sizes if name in MM_FACTS else (*CODED[name], v.NOT_RECORDED))
    return facts


def random_step(rng: random.Random, number: int) -> dict[str, object]:
    step: dict[str, object] = {
        "id": f"s{number}",
        "order": rng.randint(1, 4),
        "modality": rng.choice(v.MODALITIES),
        "goals": rng.sample(v.GOALS, rng.choice((1, 1, 1, 2, 3))),
        "target": rng.choice(("liver", "primary", *v.TARGETS, None)),
        "status": rng.choice(("planned", "planned", *v.STATUSES)),
    }
    if rng.random() < 0.5:
        step["target_mm"] = rng.choice((None, 49, 50, 51, rng.randint(1, 500)))
    return step


def random_draft(rng: random.Random, longest: int = 6) -> dict[str, object]:
    count = rng.randint(0, longest)
    return {"facts": random_facts(rng), "steps": [random_step(rng, number) for number in range(1, count + 1)]}


def timed(call, inputs) -> tuple[list[float], float]:
    """Each call by the wall clock, and the processor's mean, which other programs on the machine do not move."""
    times, busy = [], time.process_time()
    for each in inputs:
        began = time.perf_counter()
        call(each)
        times.append((time.perf_counter() - began) * 1000)
    return times, (time.process_time() - busy) * 1000 / len(inputs)


def summary(name: str, measured: tuple[list[float], float]) -> str:
    times, processor = measured
    cuts = statistics.quantiles(times, n=20)
    return (
        f"{name:<26}mean {statistics.fmean(times):.4f} ms (processor {processor:.4f} ms)   "
        f"p50 {cuts[9]:.4f} ms   p95 {cuts[18]:.4f} ms   max {max(times):.4f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng, rules = random.Random(asked.seed), seed_rule_set()
    inputs = [random_draft(rng) for _ in range(asked.plans)]
    reading = timed(read_draft, inputs)
    # A draft keeps what is derived from its facts: each is asked once, as a page would ask it.
    evaluating = timed(lambda draft: evaluate(rules, draft.facts, draft.steps), [read_draft(data) for data in inputs])
    print(f"{asked.plans} random plans of up to 6 steps, {len(rules.rules)} rules, seed {asked.seed}")
    print(summary("evaluate", evaluating))
    print(summary("read and check the input", reading))


if __name__ == "__main__":
    main()
