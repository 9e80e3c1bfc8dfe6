"""When a project will be finished."""

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.forecast import forecast

TODAY = date(2026, 3, 2)


def test_a_steady_project_goes_on_as_it_did():
    found = forecast(100, [20] * 14 + [3], TODAY)

    assert found.rate == 20
    assert found.finish == date(2026, 3, 7)
    assert date(2026, 3, 5) <= found.earliest <= found.finish <= found.latest <= date(2026, 3, 10)


def test_the_range_is_that_of_the_formula():
    # n = 4, r = 10, v = (200 + 100) / 4 = 75: (400 - 10 t)² = 1.6424 (75 t + 75 t² / 4), which is
    # 69.21 t² - 8123.2 t + 160000 = 0, has the roots 25.04 and 92.33.
    found = forecast(400, [0, 10, 10, 20, 0], TODAY)

    assert (found.earliest - TODAY).days == 25
    assert (found.finish - TODAY).days == 40
    assert (found.latest - TODAY).days == 93


def test_days_that_differ_make_a_wider_range():
    even, uneven = forecast(300, [20] * 10 + [0], TODAY), forecast(300, [0, 40] * 5 + [0], TODAY)

    assert even.rate == uneven.rate
    assert uneven.earliest < even.earliest
    assert even.latest < uneven.latest


def test_even_days_vary_at_least_as_counts_do():
    # v = 20 and not 4: after 100 days one standard deviation is sqrt(20 x 100 + 20 x 100² / 100) / 20, three days.
    found = forecast(2000, [20] * 100 + [0], TODAY)

    assert ((found.earliest - TODAY).days, (found.latest - TODAY).days) == (96, 105)


def test_today_counts_only_while_there_is_no_other_day():
    assert forecast(100, [10, 10, 500], TODAY).rate == 10
    assert forecast(100, [0, 0, 30], TODAY).rate == 30
    assert forecast(100, [30], TODAY).rate == 30


def test_one_day_of_work_promises_no_latest_date():
    found = forecast(100, [30], TODAY)

    assert found.finish == date(2026, 3, 6)
    assert found.latest is None


def test_nothing_ranked_lately_forecasts_nothing():
    assert forecast(100, [0] * 14, TODAY) is None
    assert forecast(100, [], TODAY) is None


def test_what_is_finished_is_finished_today():
    found = forecast(0, [20, 20], TODAY)

    assert found.earliest == found.finish == found.latest == TODAY


def test_a_date_beyond_ten_years_is_no_date():
    found = forecast(10**9, [1, 1, 1], TODAY)

    assert found.earliest is found.finish is found.latest is None


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), max_size=30))
def test_no_date_is_past_and_the_range_holds_the_finish(remaining, per_day):
    found = forecast(remaining, per_day, TODAY)

    if found is not None:
        dates = [day or date.max for day in (found.earliest, found.finish, found.latest)]
        assert [TODAY, *dates] == sorted([TODAY, *dates])


def test_few_projects_end_outside_of_the_range():
    dice = np.random.default_rng(2)
    projects, early, late = 500, 0, 0
    for _ in range(projects):
        mean, evenness = dice.uniform(10, 60), dice.uniform(1, 4)
        days = dice.poisson(dice.gamma(evenness, mean / evenness, 515))
        found = forecast(400, [*days[:15].tolist(), 0], TODAY)
        end = TODAY + timedelta(days=int(np.searchsorted(days[15:].cumsum(), 400)) + 1)
        early += end < found.earliest
        late += found.latest is not None and end > found.latest

    assert early / projects < 0.12
    assert late / projects < 0.12
