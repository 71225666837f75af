import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.start import start
from config.warm import warm_up

start(pages=True)
application = get_wsgi_application()
warm_up()
