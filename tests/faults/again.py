"""A coordinator sends again what failed: python -m tests.faults.again"""

import django

if __name__ == "__main__":
    django.setup()
    from accounts.models import User
    from careplans.models import OutboxMessage
    from careplans.reminders.requests import send_again

    ana = User.objects.get(email="ana@northgate.example")
    for row in OutboxMessage.objects.select_related("reminder__board").filter(status="failed"):
        send_again(row, by=ana)
