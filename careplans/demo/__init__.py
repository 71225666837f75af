"""The demo board: invented people and patients, made through the services as the people themselves would make them.

`data/` holds what is told: `boards.yaml` (people, boards, schedules) and one
file per patient in `cases/`. Days in those files count from today: -30 is thirty days ago, 14 is in two weeks.
"""
