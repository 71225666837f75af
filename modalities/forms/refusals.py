from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.forms import Form

from common.errors import Conflict


@contextmanager
def reporting(form: Form) -> Iterator[None]:
    """Put a service's refusal where the person reads it: at the field it is about, or at the top of the form."""
    try:
        yield
    except Conflict as conflict:
        form.add_error(None, conflict.message)
    except ValidationError as error:
        for name, problems in error.message_dict.items() if hasattr(error, "error_dict") else [(None, error.messages)]:
            form.add_error(name if name in form.fields else None, problems)
