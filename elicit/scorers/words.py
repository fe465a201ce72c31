"""Text to words, in any script: the one tokeniser of the lexical scorer.

What a reader cannot see must not count: case, width, and invisible characters are folded away first.
"""

import unicodedata
from collections.abc import Iterator

import regex

# Scripts written without spaces: their words are unknown here, so pairs of characters stand in for them, as is usual
# in information retrieval.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
ASCII_WORD = regex.compile(r"[a-z0-9_]+")
ANY_WORD = regex.compile(rf"(?V1)[{UNSPACED}]+|[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}]]+")
UNSPACED_RUN = regex.compile(rf"[{UNSPACED}]")
INVISIBLE = regex.compile(r"[\p{Cf}\p{Default_Ignorable_Code_Point}]+")
CLUSTER = regex.compile(r"\X")  # letters with their marks, which folding keeps together


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
    return [word for run in ANY_WORD.findall(folded(text)) for word in split_unspaced(run)]


def folded(text: str) -> str:
    """The text without what cannot be seen, case and width folded away."""
    visible = INVISIBLE.sub("", text)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def split_unspaced(run: str) -> list[str]:
    """A run of letters as it is, or as pairs of characters where its script has no spaces."""
    if len(run) <= 2 or run.isascii() or not UNSPACED_RUN.match(run):
        return [run]
    return [run[k : k + 2] for k in range(len(run) - 1)]


def places(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text in order, each with the place of its first character and the one behind its last.

    >>> list(places("Ｆｕｌｌ 猫狗鳥"))
    [('full', 0, 4), ('猫狗', 5, 7), ('狗鳥', 6, 8)]
    """
    seen = [at for at, letter in enumerate(text) if not INVISIBLE.match(letter)]
    letters: list[str] = []
    sources: list[tuple[int, int]] = []  # of each folded letter, which part of the text it comes from
    for cluster in CLUSTER.finditer("".join(text[at] for at in seen)):
        kept = folded(cluster[0])
        letters.append(kept)
        sources += [(seen[cluster.start()], seen[cluster.end() - 1] + 1)] * len(kept)
    for run in ANY_WORD.finditer("".join(letters)):
        for k, word in enumerate(split_unspaced(run[0])):
            first = run.start() + k
            yield word, sources[first][0], sources[first + len(word) - 1][1]
