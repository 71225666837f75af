"""The engine's own codes are those of the app, and the engine stands alone."""

import ast
import sys
from pathlib import Path

import pytest
from django.db import models

import careplans.rules.engine
from careplans.models import Step
from careplans.models.figures import FigureColumn
from careplans.models.partial_dates import PartialDateColumn
from careplans.models.proforma import FIELDS, Proforma
from careplans.rules.engine import proforma, vocabulary

PACKAGE = Path(careplans.rules.engine.__file__).parent


def test_every_fact_of_the_proforma_is_known_and_no_other():
    assert sorted(proforma.FACTS) == sorted(FIELDS)


@pytest.mark.parametrize("name", proforma.CODED)
def test_a_coded_fact_takes_the_values_of_the_proforma(name):
    values = {value for value, _ in Proforma._meta.get_field(name).flatchoices}
    assert {*proforma.CODED[name], vocabulary.NOT_RECORDED} == values


@pytest.mark.parametrize("name", [*proforma.WHOLE, *proforma.DECIMAL])
def test_a_number_has_the_limits_of_the_proforma(name):
    limits = (proforma.WHOLE | proforma.DECIMAL)[name]
    # The proforma's own two come first; further ones come from the column.
    assert tuple(check.limit_value for check in Proforma._meta.get_field(name)._validators[:2]) == limits


@pytest.mark.parametrize("name", proforma.FIGURES)
def test_a_figure_has_the_limits_of_the_proforma(name):
    column = Proforma._meta.get_field(name)
    assert (column.low, column.high) == proforma.FIGURES[name]


@pytest.mark.parametrize("name", FIELDS)
def test_a_fact_is_of_the_proforma_s_kind(name):
    field = Proforma._meta.get_field(name)
    kinds = {
        FigureColumn: proforma.FIGURES,
        models.PositiveIntegerField: proforma.WHOLE,
        models.DecimalField: proforma.DECIMAL,
        PartialDateColumn: proforma.DAYS,
        models.JSONField: (proforma.SITES,),
        models.TextField: proforma.TEXTS,
        models.CharField: proforma.CODED if field.choices else proforma.TEXTS,
    }
    assert name in kinds[type(field)]


def test_the_codes_of_steps_are_those_of_the_app():
    assert set(vocabulary.MODALITIES) == set(Step.ModalityCode.values)
    assert set(vocabulary.GOALS) == set(Step.Goal.values)
    assert set(vocabulary.TARGETS) == set(Step.Target.values)
    # The engine knows no arms: what is set aside is for it as if it were cancelled.
    assert set(vocabulary.STATUSES) - {"cancelled"} == set(Step.Status.values) - {Step.Status.SET_ASIDE}


def test_the_rules_read_only_facts_of_the_proforma():
    assert set(vocabulary.RULE_FACTS) <= set(proforma.CODED) | set(proforma.MM_FACTS)


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_package_imports_nothing_but_itself_the_standard_library_and_how_figures_are_read():
    names = {name for path in PACKAGE.glob("*.py") for name in imported(path)}
    beyond = {name for name in names if name.split(".")[0] not in sys.stdlib_module_names} - {"common.figures"}
    assert all(name.startswith("careplans.rules.engine") for name in beyond)
