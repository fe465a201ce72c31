"""Text to words, in any script: the one tokeniser of the lexical scorer.

What a reader cannot see must not count: case, width, and invisible characters are folded away first.
"""

import unicodedata

import regex

# Scripts written without spaces: their words are unknown here, so pairs of characters stand in for them, as is usual
# in information retrieval.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
ASCII_WORD = regex.compile(r"[a-z0-9_]+")
ANY_WORD = regex.compile(rf"(?V1)[{UNSPACED}]+|[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}]]+")
UNSPACED_RUN = regex.compile(rf"[{UNSPACED}]")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]+")


def words(text: str) -> list[str]:
    """The words of a text, in order, case and width folded.

    Scripts written without spaces yield overlapping pairs of characters, a lone character itself.

    >>> words("The cat's 3 CATS")
    ['the', 'cat', 's', '3', 'cats']
    >>> words("東京タワー is 高い")
    ['東京', '京タ', 'タワ', 'ワー', 'is', '高い']
    """
    if text.isascii():
        found: list[str] = ASCII_WORD.findall(text.lower())
        return found
    visible = INVISIBLE.sub("", text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())
    return [word for run in ANY_WORD.findall(folded) for word in split_unspaced(run)]


def split_unspaced(run: str) -> list[str]:
    """A run of letters as it is, or as pairs of characters where its script has no spaces."""
    if len(run) <= 2 or run.isascii() or not UNSPACED_RUN.match(run):
        return [run]
    return [run[k : k + 2] for k in range(len(run) - 1)]
