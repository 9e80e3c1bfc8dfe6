"""Characters that cannot be seen, or that turn round the text beside them, as visible marks."""

import re

# Controls other than tabs and line ends; bidirectional embeddings, overrides and isolates, which reorder what stands
# beside them; deprecated format characters; language tags, which spell words that only machines read.
# Joiners and directional marks stay: Persian, Hindi and emoji are written with them.
_INVISIBLE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2061-\u206f\ufff9-\ufffb\U000e0000-\U000e007f"
# A flag such as Scotland's is spelt with tags, and seen.
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]{1,7}\U000e007f"
# Tags of the HTML are passed over; no text from outside stands inside them.
_MARKED = re.compile(rf"<[^>]*>|{_FLAG}|([{_INVISIBLE}])")


def show_invisible(html: str) -> str:
    """Sanitised `html` with a mark such as "U+202E" where one of those characters stood."""
    return _MARKED.sub(_mark, html)


def _mark(match: re.Match[str]) -> str:
    character = match[1]
    return f'<span class="md-control">U+{ord(character):04X}</span>' if character else match[0]
