"""placeholder"""

from oauth2_provider.oauth2_validators import OAuth2Validator


class SystemValidator(OAuth2Validator):
    pass
