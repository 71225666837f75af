"""What a restored backup and a copied database do. Real ones are held until an administrator says which one sends."""

import time


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
