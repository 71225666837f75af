"""Plans in which a step waits for one that is placed behind it: there, what comes before what takes more than the places."""

# Read from the steps themselves, all of a plan, whether they count or not: of a table the database knows how many of them wait.
# Of steps as they stood it guesses, and sorts all of them twice to find the few.
TURNED = """
        SELECT DISTINCT a.plan_id FROM {step} a
        JOIN {step} b ON b.id = a.after_step_id AND b.plan_id = a.plan_id AND b.position > a.position
        WHERE a.after_step_id IS NOT NULL
"""
