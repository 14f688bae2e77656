"""Whether confidences mean what they say."""

from __future__ import annotations

import pytest

from callbot.evaluation import calibration


def test_points_fall_into_bins_by_what_was_said() -> None:
    points = [(0.05, False), (0.81, True), (0.89, False), (1.0, True)]
    low, high, top = calibration.bins(points)
    assert (low.low, low.high, low.n, low.right) == (0.0, 0.1, 1, 0.0)
    assert (high.n, high.said, high.right) == (2, 0.85, 0.5)
    assert (top.low, top.n, top.right) == (0.9, 1, 1.0)


def test_a_true_confidence_has_no_error_and_an_overbold_one_has() -> None:
    honest = [(0.75, True)] * 3 + [(0.75, False)]
    assert calibration.expected_error(honest) == 0.0
    assert calibration.expected_error([(0.95, True), (0.95, False)]) == pytest.approx(0.45)


def test_sureness_that_is_right_is_better_than_doubt() -> None:
    assert calibration.brier([(1.0, True), (0.0, False)]) == 0.0
    assert calibration.brier([(0.5, True), (0.5, False)]) == 0.25


def test_nothing_measured_has_no_figures() -> None:
    assert calibration.as_json([]) == {"n": 0, "error": None, "brier": None, "bins": []}
