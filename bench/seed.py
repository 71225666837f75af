"""Makes a large board for measuring in the database of the environment.

    DEMO=1 DATA_DIR=/tmp/bench python -m bench.seed --plans 100000

Invented patients in a database of its own: it refuses to run without DEMO=1.
"""

import argparse
import os


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, required=True, help="how many plans")
    parser.add_argument("--board", default="Large NET board", help="name of the large board")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same large board")
    parser.add_argument("--all-open", action="store_true", help="every plan is in force")
    options = parser.parse_args()
    if options.plans < 1:
        parser.error("Say how many plans: 1 or more.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.exceptions import ValidationError

    from bench.large import Size, make_large

    if not settings.DEMO:
        parser.error("This adds invented patients to the database. Set DEMO=1 if you mean it.")
    try:
        board = make_large(Size(options.plans, options.seed, options.board, all_open=options.all_open), say=print)
    except ValidationError as error:
        parser.error(error.messages[0])
    print(f"{board.name}: {options.plans} plans.")


if __name__ == "__main__":
    main()
