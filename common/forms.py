"""How every form of the project is drawn: our templates first, Django's where we have none."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.template.loader import select_template


class Renderer(TemplatesSetting):
    """Looks in `templates/forms/` before `django/forms/`: forms/widgets/select.html replaces Django's."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def get_template(self, template_name: str) -> Any:
        ours = template_name.replace("django/forms/", "forms/", 1)
        return select_template([ours, template_name])


class DateInput(forms.DateInput):
    """The browser's own date picker. It wants ISO dates whatever the page's language."""

    input_type = "date"

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(attrs=dict(attrs or {}), format="%Y-%m-%d")
