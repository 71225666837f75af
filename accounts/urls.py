from django.urls import path

from accounts.views import (
    absences,
    api_tokens,
    boards,
    calendars,
    email_addresses,
    holidays,
    institutions,
    mails,
    memberships,
    notices,
    oauth,
    passwords,
    people,
    projects,
    settings,
    signin,
    systems,
    typed,
)

app_name = "accounts"
INSTITUTION = "administration/institutions/<int:pk>/"
OVER_ALL = {"kind": "institution"}

urlpatterns = [
    # Signing in and passwords: open to everybody, except the change of a known password
    path("sign-in/", signin.SignIn.as_view(), name="login"),
    path("sign-out/", signin.SignOut.as_view(), name="logout"),
    path("session/", signin.session, name="session"),
    # What somebody sent after their session had ended
    path("typed/", typed.typed, name="typed"),
    path("typed/form/", typed.typed_form, name="typed_form"),
    path("typed/<int:pk>/throw-away/", typed.typed_drop, name="typed_drop"),
    path("welcome/<uidb64>/<token>/", passwords.Welcome.as_view(), name="welcome"),
    path("password/", passwords.password_change, name="password_change"),
    path("password/changed/", passwords.password_change_done, name="password_change_done"),
    path("password/forgotten/", passwords.password_reset, name="password_reset"),
    path("password/forgotten/sent/", passwords.password_reset_done, name="password_reset_done"),
    path("password/new/<uidb64>/<token>/", passwords.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
    # One's own
    path("settings/", settings.settings, name="settings"),
    path("settings/email/", email_addresses.email_change, name="email_change"),
    path("settings/email/withdraw/", email_addresses.email_withdraw, name="email_withdraw"),
    path("settings/email/<uidb64>/<token>/", email_addresses.email_confirm, name="email_confirm"),
    path("settings/calendar/", calendars.calendar_make, name="calendar_make"),
    path("settings/calendar/revoke/", calendars.calendar_revoke, name="calendar_revoke"),
    # Tokens of programs
    path("settings/api-access/", api_tokens.api_tokens, name="api_tokens"),
    path("settings/api-access/revoke-all/", api_tokens.api_tokens_end, name="api_tokens_end"),
    path("settings/api-access/<int:pk>/revoke/", api_tokens.api_token_end, name="api_token_end"),
    path("settings/away/", absences.absences, name="absences"),
    path("settings/away/<int:pk>/end/", absences.absence_end, name="absence_end"),
    # A notice; the list, which names cases, is above the accounts: settings.NOTICES_URL
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    # A board, for its coordinators and chairs
    path("boards/<int:pk>/settings/", boards.board_settings, name="board_settings"),
    path("boards/<int:pk>/days-off/", holidays.holidays, name="holidays"),
    path("boards/<int:pk>/days-off/<int:holiday>/remove/", holidays.holiday_remove, name="holiday_remove"),
    # What is read of it without telling who is meant, and by whom
    path("boards/<int:pk>/projects/", projects.projects, {"kind": "board"}, name="projects"),
    path("boards/<int:pk>/projects/new/", projects.project_new, {"kind": "board"}, name="project_new"),
    path("boards/<int:pk>/projects/<int:project>/", projects.project, {"kind": "board"}, name="project"),
    path(
        "boards/<int:pk>/projects/<int:project>/analysts/",
        projects.project_analysts,
        {"kind": "board"},
        name="project_analysts",
    ),
    path(
        "boards/<int:pk>/projects/<int:project>/close/", projects.project_close, {"kind": "board"}, name="project_close"
    ),
    path(
        "boards/<int:pk>/projects/<int:project>/renew/", projects.project_renew, {"kind": "board"}, name="project_renew"
    ),
    # People, for administrators
    path("administration/people/", people.people, name="people"),
    path("administration/people/invite/", people.invite, name="invite"),
    path("administration/people/<int:pk>/", people.person, name="person"),
    path("administration/people/<int:pk>/invite-again/", people.invite_again, name="invite_again"),
    path("administration/people/<int:pk>/correct-email/", people.person_email, name="person_email"),
    path("administration/people/<int:pk>/activate/", people.person_activate, name="person_activate"),
    path(
        "administration/people/<int:pk>/away/<int:absence>/end/", absences.person_absence_end, name="person_absence_end"
    ),
    path("administration/people/<int:pk>/tokens/revoke-all/", api_tokens.person_tokens_end, name="person_tokens_end"),
    path(
        "administration/people/<int:pk>/tokens/<int:token>/revoke/",
        api_tokens.person_token_end,
        name="person_token_end",
    ),
    # Memberships, for administrators. Leaving (deactivated, membership ended or changed) asks who takes over what somebody had to
    # do, which the accounts know nothing of: settings.LEAVING_URLS
    path("administration/people/<int:pk>/memberships/", memberships.membership_add, name="membership_add"),
    # Boards, for administrators
    path("administration/boards/", boards.boards, name="boards"),
    path("administration/boards/new/", boards.board_new, name="board_new"),
    path("administration/boards/<int:pk>/", boards.board, name="board"),
    # Systems that sign in by themselves, for administrators
    path("administration/systems/", systems.api_systems, name="api_systems"),
    path("administration/systems/new/", systems.api_system_new, name="api_system_new"),
    path("administration/systems/<int:pk>/", systems.api_system, name="api_system"),
    path("administration/systems/<int:pk>/suspend/", systems.api_system_suspend, name="api_system_suspend"),
    path("administration/systems/<int:pk>/resume/", systems.api_system_resume, name="api_system_resume"),
    path("administration/systems/<int:pk>/boards/", systems.api_system_board, name="api_system_board"),
    path(
        "administration/systems/<int:pk>/boards/<int:membership>/end/",
        systems.api_system_board_end,
        name="api_system_board_end",
    ),
    path("administration/systems/<int:pk>/secrets/", systems.api_system_secret, name="api_system_secret"),
    path(
        "administration/systems/<int:pk>/secrets/<int:secret>/end/",
        systems.api_system_secret_end,
        name="api_system_secret_end",
    ),
    # Where they fetch their tokens, and where they read how
    path("oauth/token/", oauth.oauth_token, name="oauth_token"),
    path(".well-known/oauth-authorization-server", oauth.oauth_metadata, name="oauth_metadata"),
    path("fhir/R4/.well-known/smart-configuration", oauth.smart_configuration, name="smart_configuration"),
    # Institutions, for administrators
    path("administration/institutions/", institutions.institutions, name="institutions"),
    path("administration/institutions/<int:pk>/", institutions.institution, name="institution"),
    path("administration/institutions/<int:pk>/systems/new/", institutions.system_new, name="system_new"),
    path("administration/institutions/<int:pk>/systems/<int:system>/", institutions.system, name="system"),
    # What is read of all its boards, and by whom
    path(f"{INSTITUTION}projects/", projects.projects, OVER_ALL, name="institution_projects"),
    path(f"{INSTITUTION}projects/new/", projects.project_new, OVER_ALL, name="institution_project_new"),
    path(f"{INSTITUTION}projects/<int:project>/", projects.project, OVER_ALL, name="institution_project"),
    path(
        f"{INSTITUTION}projects/<int:project>/analysts/",
        projects.project_analysts,
        OVER_ALL,
        name="institution_project_analysts",
    ),
    path(
        f"{INSTITUTION}projects/<int:project>/close/",
        projects.project_close,
        OVER_ALL,
        name="institution_project_close",
    ),
    path(
        f"{INSTITUTION}projects/<int:project>/renew/",
        projects.project_renew,
        OVER_ALL,
        name="institution_project_renew",
    ),
    path(f"{INSTITUTION}analysts/", institutions.analyst_new, name="institution_analyst_new"),
    path(f"{INSTITUTION}analysts/<int:analyst>/end/", institutions.analyst_end, name="institution_analyst_end"),
    # The demo's mail
    path("mailbox/", mails.mailbox, name="mailbox"),
    path("mailbox/<int:pk>/", mails.mail, name="mail"),
]
