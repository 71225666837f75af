"""How systems sign in: OAuth 2 by client credentials and by nothing else. The server knows no other grant, so nothing of
authorization codes, implicit, passwords, devices and refreshing can be asked for; what else the package leaves open by default is
shut here (`manage.py check --deploy` looks).
"""

from typing import Any

from accounts.scopes import SCOPES


def oauth2_provider() -> dict[str, Any]:
    return {
        "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
        "OAUTH2_VALIDATOR_CLASS": "accounts.oauth.SystemValidator",
        "SCOPES": SCOPES,
        # Asked for no scope, the validator gives those of the system, and never all that there are.
        "DEFAULT_SCOPES": [],
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
        "REFRESH_TOKEN_EXPIRE_SECONDS": 0,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
        "ALLOW_URI_WILDCARDS": False,
        "PKCE_REQUIRED": True,
        "OAUTH2_GRANT_TYPES_SUPPORTED": ["client_credentials"],
        "OAUTH2_RESPONSE_TYPES_SUPPORTED": [],
        # RFC 9700: with each of these its legacy behaviour is refused; tokens are kept as a hash alone.
        "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
        "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
        "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
        "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
        "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
        "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
        "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    }
