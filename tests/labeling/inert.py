"""What a browser would make of some HTML, and whether it could act."""

from html.parser import HTMLParser

from labeling.rendering.sanitising import CLASSES, TAGS, VALUES


class Elements(HTMLParser):
    """Every element and every attribute that a browser would make of some HTML, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def assert_inert(html: str) -> None:
    elements = Elements(html)
    assert not elements.comments
    for tag, attributes in elements.found:
        assert tag in TAGS
        for name, value in attributes:
            assert (
                (tag, name) == ("ol", "start")
                or (name == "class" and value in CLASSES[tag])
                or value in VALUES[tag][name]
            )
