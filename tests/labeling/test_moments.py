from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from labeling.templatetags.moments import ago


@pytest.mark.parametrize(
    ("past", "english", "chinese"),
    [
        (timedelta(seconds=59), "just now", "刚刚"),
        (timedelta(minutes=61), "1\u00a0hour ago", "1 小时前"),
        (timedelta(days=2, hours=3), "2\u00a0days ago", "2 日前"),
    ],
)
def test_the_past_is_told_in_one_unit_and_its_last_minute_is_now(past, english, chinese):
    assert ago(timezone.now() - past) == english
    with override("zh-hans"):
        assert ago(timezone.now() - past).replace("\u00a0", " ") == chinese
