"""How a field is drawn, and that no template is asked for it."""

import pytest
from django import forms
from django.template.base import Template

from common import form_markup
from common.forms import DateInput

CHOICES = [("", "Choose"), ("a", "A & b"), ("Group", [("g", "In a group")])]


class Sheet(forms.Form):
    size = forms.CharField(
        label="Size", help_text="As <b>reported</b>", widget=forms.TextInput(attrs={"data-unit": "mm"})
    )
    note = forms.CharField(label='Note "x"', required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "wide"}))
    kind = forms.ChoiceField(label="Kind", choices=CHOICES)
    side = forms.ChoiceField(label="Side", choices=CHOICES, widget=forms.RadioSelect, help_text="One")
    sites = forms.MultipleChoiceField(
        label="Sites", choices=CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )
    sure = forms.BooleanField(label="Sure?", required=False, help_text="Tick")
    seen_on = forms.DateField(label="Seen on", widget=DateInput)
    version = forms.CharField(widget=forms.HiddenInput(attrs={"class": "x"}))
    scan = forms.FileField(label="Scan", required=False, widget=forms.FileInput)


def group(name, **kwargs):
    return str(Sheet(**kwargs)[name].as_field_group())


def test_a_unit_is_read_with_the_label_and_shown_beside_the_control():
    assert group("size", initial={"size": "<1"}) == (
        '<div class="nhsuk-form-group" data-field="size">\n\n'
        '  <label class="nhsuk-label" for="id_size">\nSize<span class="nhsuk-u-visually-hidden"> (mm)</span>\n</label>\n'
        '  \n<div class="nhsuk-hint" id="id_size_helptext">As <b>reported</b></div>\n\n  \n'
        '  <div class="nhsuk-input-wrapper"><input class="nhsuk-input" type="text" name="size" value="&lt;1" required'
        ' aria-describedby="id_size_helptext" id="id_size"\n>'
        '<div class="nhsuk-input-wrapper__suffix" aria-hidden="true">mm</div></div>\n\n</div>'
    )


def test_a_refused_field_says_why_and_leads_there():
    drawn = group("size", data={"size": ""})
    assert drawn.startswith('<div class="nhsuk-form-group nhsuk-form-group--error" data-field="size">')
    assert '<div class="nhsuk-error-message" id="id_size_error">' in drawn
    assert 'aria-invalid="true" aria-describedby="id_size_helptext id_size_error"' in drawn


def test_the_first_line_break_of_a_text_is_not_part_of_it():
    drawn = str(Sheet(initial={"note": "\n<i>"})["note"])
    opened = '<textarea class="nhsuk-textarea wide" name="note" cols="40" rows="2" id="id_note"\n>'
    assert drawn == f"{opened}\n\n&lt;i&gt;</textarea>"


def test_a_list_keeps_its_groups_and_what_is_chosen():
    assert str(Sheet(initial={"kind": "g"})["kind"]) == (
        '<select class="nhsuk-select" name="kind" required id="id_kind"\n>\n  <option value=""\n>Choose</option>'
        '\n  <option value="a"\n>A &amp; b</option>\n  <optgroup label="Group">'
        '\n  <option value="g" selected\n>In a group</option>\n  </optgroup>\n</select>'
    )


@pytest.mark.parametrize(("name", "kind", "type_"), [("side", "radios", "radio"), ("sites", "checkboxes", "checkbox")])
def test_choices_stand_in_a_fieldset_with_a_label_each(name, kind, type_):
    drawn = group(name, initial={name: "a"})
    assert f'<div class="nhsuk-{kind} nhsuk-{kind}--small" id="id_{name}">' in drawn
    assert f'<input class="nhsuk-{kind}__input" type="{type_}" name="{name}" value="a"' in drawn
    assert f' id="id_{name}_1" checked\n>' in drawn
    assert f'<label class="nhsuk-label nhsuk-{kind}__label" for="id_{name}_2_0">In a group</label>' in drawn
    assert '<p class="c-choice-group">Group</p>' in drawn
    assert '<legend class="nhsuk-fieldset__legend">' in drawn


def test_a_tick_has_its_label_behind_it_and_its_hint_below():
    drawn = group("sure", initial={"sure": True})
    assert '<input class="nhsuk-checkboxes__input" type="checkbox" name="sure"' in drawn
    assert '<label class="nhsuk-label nhsuk-checkboxes__label" for="id_sure">Sure?</label>' in drawn
    assert '<div class="nhsuk-hint nhsuk-checkboxes__hint" id="id_sure_helptext">Tick</div>' in drawn


def test_an_odd_day_is_asked_about_below_it():
    widget = DateInput().get_context("seen_on", "1900-02-03", {"id": "id_seen_on", "form": "f"})["widget"]
    tick = {"key": "seen_on:1900-02-03", "yes": "It is 1900", "checked": True}
    drawn = form_markup.day({"widget": widget, "asked": "asked", "ticks": [tick]})
    assert drawn == (
        '<input class="nhsuk-input" type="date" name="seen_on" value="1900-02-03" id="id_seen_on" form="f"\n>\n\n'
        '<div class="nhsuk-checkboxes nhsuk-checkboxes--small" data-asked="seen_on:1900-02-03">\n'
        '  <div class="nhsuk-checkboxes__item">\n'
        '    <input class="nhsuk-checkboxes__input" type="checkbox" name="asked" value="seen_on:1900-02-03"'
        ' id="id_seen_on_asked_1" checked form="f">\n'
        '    <label class="nhsuk-label nhsuk-checkboxes__label" for="id_seen_on_asked_1">It is 1900</label>\n  </div>\n</div>'
    )


def test_what_is_hidden_keeps_every_attribute():
    drawn = str(Sheet(initial={"version": 3})["version"])
    assert drawn == '<input type="hidden" name="version" value="3" class="x" id="id_version">'


def test_optional_is_said_where_the_form_says_so():
    form = Sheet()
    form.fields["note"].show_optional = form.fields["size"].show_optional = True
    assert '<span class="c-label__optional">(optional)</span>' in form["note"].as_field_group()
    assert "(optional)" not in form["size"].as_field_group()


def test_no_template_is_drawn_for_a_field_that_nobody_refused(monkeypatch):
    drawn: list[str | None] = []
    monkeypatch.setattr(Template, "render", lambda self, context: drawn.append(self.name) or "")
    form = Sheet(initial={"seen_on": "2026-01-02"})
    assert all(field.as_field_group() for field in form)
    assert drawn == []
