"""What a restored backup and a copied database do. Real ones are held until an administrator says which one sends."""

import time

# Reminders after the backup: enough that workers die among them.
LATER = 24


def restored(world, start_cast, naive):
    """A backup is taken while mails go out; all goes out; the backup is restored, and knows nothing of the rest."""
    world.release()
    world.wait_for_first_mail()
    world.back_up("backup")
    world.wait()
    world.processes.dismiss([name for name in world.processes.kept if name != "sink"])
    world.restore("backup")
    start_cast()
    if not naive:
        world.wait_for_rounds(["worker1", "loop1"])
        world.release_sending()
    return time.time()


def written_later(world, start_cast, naive):
    """A board goes on working: after the backup, which loses that; while the restored one is held; and after its release.

    What it writes then bears the numbers of what was lost, whose mails the relay knows.
    """
    world.release()
    world.wait_for_first_mail()
    world.back_up("backup")
    # In the order in which they are written below: the numbers are those of the same people.
    for _ in range(2):
        world.write_later(LATER)
    world.wait()
    world.processes.dismiss([name for name in world.processes.kept if name != "sink"])
    world.restore("backup")
    world.forget_what_was_lost()
    start_cast()
    world.wait_for_rounds(["worker1", "loop1"])
    world.write_later(LATER)
    world.release_sending(naive)
    world.wait()
    world.processes.dismiss([name for name in world.processes.kept if name != "sink"])
    # They die again, among what is written now.
    world.forget_deaths()
    start_cast()
    world.write_later(LATER)
    return time.time()


def copied(world, start_cast, naive):
    """Somebody loads a copy on another machine, to try something, and forgets that it sends. It stays held."""
    if not naive:
        world.wait_for_identity()
    world.back_up("copy")
    original = world.database
    world.database = copy = world.restore("copy", anew=f"{world.run_folder.name}_copy")
    world.start("loop9", data="elsewhere", naive="nothing_is_held" if naive else "")
    world.wait_for_all(["loop9"])
    copy.query("UPDATE careplans_outboxmessage SET due_at = %s WHERE due_at < %s", world.clock(-1), world.tomorrow())
    world.database = original
    world.release()
    world.wait()
    world.processes.pause_until(time.monotonic() + world.span)
    world.wait_for_rounds(["loop9"])
    return time.time()
