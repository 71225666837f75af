"""How names and numbers are compared: one folding for search, warnings of duplicates, the API and the constraints.

The sources of each rule:
- Unicode Standard Annex #15, NFKD: a letter and its marks come apart and the marks are left out; full-width and other
  compatibility forms become the plain ones. Unicode's full case folding (`str.casefold`): ß is ss.
- ICAO Doc 9303, part 3, section 6 A, as passports are written: letters that do not come apart (ø ł đ ð þ æ œ ħ ŧ ŋ ı), and the
  two ways in which ä ö ü ø å are written without marks: a or ae, o or oe, u or ue, o or oe, a or aa.
- Unicode 16, chapter 6.2: what is typed as apostrophe, and every dash. A dash, a dot, a slash or a comma parts two words.

Of a name several *keys* are kept: what is left of it from the beginning of each word, without blanks, and each word by itself,
in up to three spellings. Two people have a name in common where they have such a key in common. Whatever begins a key has been
found: “van der Testberg” by “van”, “test” and “vandertest”; “Müller” by “mul”, “muel” and “mül”.
Only kept names get the third spelling (“Mueller” by “mul”): otherwise whoever looks for “Doe” would get every “Do…”.

Raise FOLDING whenever the result changes: `services.patient_keys` then writes the keys anew.
"""

import hashlib
import re
import string
import unicodedata

FOLDING = 2
LONGEST = 64
MOST_WORDS = 8
# A name of eighty characters may come apart into hundreds of words; nobody looks for the fortieth.
MOST_KEYS = 40
# Of a name, an initial tells nothing.
INITIALS = frozenset(string.ascii_lowercase + string.digits)

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘‛ʼʻʽʹ`´′＇ʾʿ"))
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i"}
)
_TWINS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_TWIN = re.compile("([ao])e|(?<!q)(u)e|(a)a")


def fold(text: str) -> str:
    """Lower case, without marks and apostrophes, words parted by one blank: the same on every database."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold().translate(_LETTERS)
    return " ".join("".join(map(_plain, unicodedata.normalize("NFKD", plain.translate(_APOSTROPHES)))).split())


def number_key(text: str, *, longest: int = LONGEST) -> str:
    """A record number or other number without what people put between its characters: “AB-12 3”, “ab 123” and “AB‑123” are one.
    Empty where nothing is left to tell people apart by. A longer one ends in what it was digested to, so that it stays itself."""
    key = fold(text).replace(" ", "")
    if len(key) <= longest:
        return key
    return key[: longest - 17] + "~" + hashlib.sha256(key.encode()).hexdigest()[:16]


def name_key(text: str, *, longest: int) -> str:
    """By which a list of names is sorted."""
    return fold(text)[:longest]


def beginnings(text: str) -> set[str]:
    """The keys of one name: the rest of it from the beginning of each word, and each word by itself, in each spelling."""
    spellings = _spellings(re.sub(_ANY_APOSTROPHE, " ", text))
    words = {word[:LONGEST] for spelling in spellings for word in spelling.split()}
    return set([*(rest := _beginnings(spellings)), *sorted(words - rest)][:MOST_KEYS])


def title_keys(text: str) -> set[str]:
    """Of a text of several words: what is left of it from the beginning of each, in each spelling. So every word begins a key,
    and so does “ki67” of “Ki-67”."""
    return _beginnings(_spellings(re.sub(_ANY_APOSTROPHE, " ", text)))


def number_beginnings(text: str) -> set[str]:
    """The same of a number, which has one spelling."""
    return _beginnings([fold(re.sub(_ANY_APOSTROPHE, " ", text))])


def wholes(family_name: str, given_name: str) -> set[str]:
    """The whole name, whichever way round it was typed, in each spelling: equal where two people may be one."""
    return {" ".join(sorted(one.split()))[:LONGEST] for one in _spellings(f"{family_name} {given_name}")} - {""}


def name_parts(*names: str) -> set[str]:
    """The keys of a name that tell something: where two people have one in common, they have a name in common."""
    return {key for name in names for key in beginnings(name) if key not in INITIALS}


def query_words(text: str) -> list[tuple[str, ...]]:
    """What somebody looks for: for each word, the longest first, the beginnings of which one must be that of a key.

    What was typed with a dash or with blanks may be kept without: “Al-Hassan”, “123 456”. A number with dashes is one word.
    """
    whole = fold(text).replace(" ", "")[:LONGEST]
    words: dict[str, set[str]] = {}
    for typed in re.split(r"[\s,;]+", text):
        parts = fold(typed).split()
        joined = "".join(parts)[:LONGEST]
        for part in [joined] if any(map(str.isdigit, joined)) else parts:
            words[part[:LONGEST]] = words.get(part[:LONGEST], set()) | {joined, whole}
    longest = sorted(filter(None, words), key=lambda word: (-len(word), word))[:MOST_WORDS]
    return [(word, *sorted(words[word] - {word})) for word in longest]


def _beginnings(spellings: list[str]) -> set[str]:
    found: dict[str, None] = {}
    for spelling in spellings:
        words = spelling.split()
        found |= dict.fromkeys("".join(words[place:])[:LONGEST] for place in range(len(words)))
    return set(list(found)[:MOST_KEYS])


def _spellings(text: str) -> list[str]:
    plain = fold(text)
    composed = unicodedata.normalize("NFC", text).casefold()
    return [plain, fold(unicodedata.normalize("NFC", composed).translate(_TWINS)), _TWIN.sub(_without_twin, plain)]


def _without_twin(found: re.Match[str]) -> str:
    return found[1] or found[2] or found[3]


def _plain(character: str) -> str:
    """Letters and figures stay, whatever the script; marks and what is not seen are left out; all else parts words."""
    kind = unicodedata.category(character)
    if unicodedata.combining(character) or kind == "Cf":
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    return character if kind[0] in "LNM" else " "


_ANY_APOSTROPHE = f"[{''.join(map(chr, _APOSTROPHES))}]"
