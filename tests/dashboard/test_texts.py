"""Texts of others on a page: every character is there, and none of them does anything."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.texts import as_html
from elicit.schemas import Mark

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "</div></mark><style>*{display:none}</style><h1>Sign in again</h1>",
    '" onmouseover="alert(1)" x="',
    "&lt;b&gt; &amp; &#60; <!-- --> <![CDATA[x]]>",
    "**bold** [a](http://evil.example) $x$ :red[b] `code` \\n",
    "def f():\n\tif x:\n\n        return  1   # two  spaces",
    "مرحبا \u202e بالعالم \u202c 中文 e\u0301 \U0001f600",
]


class Seen(HTMLParser):
    """What a browser makes of HTML: the elements with their attributes, and the text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = [], set(), ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_text_and_nothing_else(text):
    seen = Seen(as_html(text, label=f"Answer of {text}"))
    assert (seen.tags, seen.text) == (["div"], text)
    assert seen.attributes == {"dir", "tabindex", "role", "style", "aria-label"}


@given(st.sampled_from(HOSTILE) | st.text(max_size=30).filter(lambda text: "\r" not in text), st.data())
@settings(max_examples=100)
def test_marking_words_changes_no_character(text, data):
    place = st.integers(0, len(text))
    marks = [
        Mark(start=min(ends), end=max(ends), nats=data.draw(st.floats(0, 9)))
        for ends in data.draw(st.lists(st.tuples(place, place), max_size=5))
    ]
    seen = Seen(as_html(text, label="x", marks=marks, strongest=9.0))
    assert seen.text == text
    assert set(seen.tags) <= {"div", "mark"}


def test_words_that_told_more_are_marked_more_strongly_and_those_that_told_nothing_not_at_all():
    marks = [Mark(start=0, end=1, nats=9.0), Mark(start=2, end=3, nats=1.0), Mark(start=4, end=5, nats=0.01)]
    html = as_html("a b c", label="x", marks=marks, strongest=9.0)
    assert html.count("<mark") == 2
    assert html.index("3px solid") < html.index("1px dotted")
    assert " c</div>" in html
