"""A person's data as one JSON document, what learned from it included."""

from collections.abc import Iterator

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder

from labeling.models import Pseudonym
from labeling.selectors.person import person_parts
from rewardmodel.selectors.learned import described, learned_from


def person_document(user: User) -> Iterator[str]:
    """In pieces, a record at a time: `{"account": [...], "rankings": [...], …, "learned_from": {…}}`."""
    encode = DjangoJSONEncoder(ensure_ascii=False).encode
    yield "{"
    for name, rows in person_parts(user):
        yield f"{encode(name)}: ["
        for number, row in enumerate(rows.iterator()):
            yield f"{', ' if number else ''}\n{encode(row)}"
        yield "],\n"
    pseudonym = Pseudonym.objects.filter(user=user).values_list("name", flat=True).first()
    learned = described(learned_from(pseudonym)) if pseudonym else {"snapshots": [], "reward_models": []}
    yield f'"learned_from": {encode(learned)}}}\n'
