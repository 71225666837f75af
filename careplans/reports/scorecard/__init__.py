"""The NET scorecard: indicators of a board's work, each with its definition, computed by the engine of the reports.

An indicator names a measure of a report, so that nothing is defined twice: its figure over time, by board and its rows are those
of that report. `contents.py` lists them all; docs/scorecard.md is written from it.
"""
