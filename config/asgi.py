import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.start import start
from config.warm import warm_up

start(pages=True)
application = get_asgi_application()
warm_up()
