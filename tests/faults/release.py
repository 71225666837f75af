"""An administrator lets sending go on after a restore: python -m tests.faults.release

What is in doubt is looked up where the relay can be asked, and is else taken as sent.
"""

import django

if __name__ == "__main__":
    django.setup()
    from django.conf import settings

    from accounts.models import User
    from careplans.outbox.hold import release_sending
    from tests.faults import points

    points.install()
    admin = User.objects.get(email="admin@consilium.example")
    release_sending(
        by=admin, note="The backup of this morning; nothing else sends.", resend=bool(settings.RELAY_LOOKUP)
    )
