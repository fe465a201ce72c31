"""A page as a strict reader sees it, which accepts nothing that a browser would mend or fetch."""

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link", "col"}
FETCHES = {"src", "href", "srcset", "xlink:href", "action", "data", "poster", "background"}


class Page(HTMLParser):
    """Tags with their attributes, and the text that is shown; raises `AssertionError` where tags do not match."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.ids, self._open = [], [], [], []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self._open, f"</{tag}> without a start"
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.text.append(data)

    @property
    def words(self):
        """The text that is shown, runs of blanks as one."""
        return " ".join(" ".join(self.text).split())

    @property
    def active(self):
        """What would run or be fetched."""
        runs = {"script", "iframe", "object", "embed", "link", "base", "form", "foreignobject", "audio", "video"}
        return [
            (tag, attributes)
            for tag, attributes in self.tags
            if tag in runs or any(name.startswith("on") or name in FETCHES for name in attributes)
        ]
