from django.apps import AppConfig
from django.core.checks import Tags, register

from accounts.checks import made_by_this_line
from common import keys_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        keys_in.install()
        register(Tags.database)(made_by_this_line)
