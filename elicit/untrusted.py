"""Text from agents and files is untrusted: what a terminal or a spreadsheet would obey is taken out on the way out."""

import unicodedata

# Cc: escape sequences and other control characters. Cf: invisible and direction-changing ones. Cs: lone surrogates.
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
FORMULA_STARTS = ("=", "+", "-", "@")


def printable(text: str) -> str:
    """The text on one line, each character a terminal might obey replaced by a space.

    >>> printable("red \\x1b[31m alert\\n")
    'red  [31m alert '
    """
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in UNPRINTABLE else c for c in text)


def well_formed(text: str) -> str:
    r"""The text itself, or with U+FFFD for half characters: JSON can write them (\ud800), UTF-8 cannot."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def spreadsheet_safe(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("gpt-4o")
    ("'=1+1", 'gpt-4o')
    """
    return (
        f"'{text}"
        if text.startswith(("\t", "\r")) or unicodedata.normalize("NFKC", text).lstrip().startswith(FORMULA_STARTS)
        else text
    )


def markdown_safe(text: str) -> str:
    """The text as a Markdown table cell: on one line, with nothing that would end the cell or start markup.

    >>> markdown_safe("a|b <b>")
    'a\\\\|b &lt;b&gt;'
    """
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in "\\|`*_[]":
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
