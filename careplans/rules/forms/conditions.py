"""A condition as a form: a tree of the words of the language, each with its fields. To the text of docs/advisories.md and back
without loss: what the text says in some order is ticked in that order first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.http import QueryDict

from careplans.rules.engine.grammar import DEEPEST, PATTERN_CODES, WORDS

GROUPS = ("all", "any", "not")
# Which steps a word speaks of, each said by a pattern.
PATTERNS = {
    "plan_has": ("step",), "plan_lacks": ("step",), "step": ("step",), "earlier": ("a", "b"), "first_in": ("of", "includes"),
}  # fmt: skip
SINGLES = ("content_flag_open", "target_operability")
COMPARISONS = ("gt", "ge", "lt", "le")
# More than anybody reads; a form that holds more was not typed.
MOST = 200


@dataclass
class Node:
    """One condition. `name` begins the names of its fields; `given`: what is chosen in them."""

    word: str = ""
    given: dict[str, list[str]] = field(default_factory=dict)
    parts: list["Node"] = field(default_factory=list)
    name: str = "c"
    number: str = "1"

    @property
    def is_group(self) -> bool:
        return self.word in GROUPS

    def first(self, key: str) -> str:
        return next(iter(self.given.get(key, ())), "")

    def pattern(self, role: str) -> dict[str, list[str]]:
        found = {key: self.given.get(f"{role}.{key}", []) for key in PATTERN_CODES}
        return {key: codes for key, codes in found.items() if codes}


def fields_of(word: str) -> tuple[str, ...]:
    if word in PATTERNS:
        own = tuple(f"{role}.{key}" for role in PATTERNS[word] for key in PATTERN_CODES)
        return (*own, "or_equal") if word == "earlier" else own
    if word in (*SINGLES, "derived"):
        return ("choice",)
    return {"missing_any": ("codes",), "fact": ("fact", "codes"), "step_num": ("compare", "mm")}.get(word, ())


def numbered(node: Node, name: str = "c", number: str = "1") -> Node:
    """After a change: names and numbers follow the places."""
    node.name, node.number = name, number
    for place, part in enumerate(node.parts):
        numbered(part, f"{name}.{place}", f"{number}.{place + 1}")
    return node


def each(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from each(part)


def read_tree(data: QueryDict) -> Node:
    """As posted. What is nested deeper than the language allows is not read."""
    left = [MOST]

    def read(name: str, depth: int) -> Node:
        left[0] -= 1
        word = data.get(f"{name}:word", "")
        word = word if word in WORDS else ""
        node = Node(word, {key: [v for v in data.getlist(f"{name}:{key}") if v] for key in fields_of(word)})
        while word in GROUPS and depth <= DEEPEST and left[0] > 0 and f"{name}.{len(node.parts)}:word" in data:
            node.parts.append(read(f"{name}.{len(node.parts)}", depth + 1))
        return node

    return numbered(read("c", 1))


def tree_of(when: Mapping[str, object]) -> Node:
    """Of a condition that the language has accepted."""
    return numbered(_tree(when))


def _tree(when: Mapping[str, object]) -> Node:
    word = next(key for key in when if key in WORDS)
    value = when[word]
    if word in GROUPS:
        parts = [value] if word == "not" else _items(value)
        return Node(word, parts=[_tree(_object(part)) for part in parts])
    return Node(word, _given(word, value, when))


def _given(word: str, value: object, when: Mapping[str, object]) -> dict[str, list[str]]:
    if word in PATTERNS:
        roles = (
            {"step": value} if PATTERNS[word] == ("step",) else {role: _object(value)[role] for role in PATTERNS[word]}
        )
        found = {
            f"{role}.{key}": _codes(codes) for role, pattern in roles.items() for key, codes in _object(pattern).items()
        }
        return found | ({"or_equal": ["yes" if _object(value)["or_equal"] else "no"]} if word == "earlier" else {})
    if word == "fact":
        return {"fact": [str(value)], "codes": _codes(when["in"])}
    if word == "derived":
        return {"choice": [derived_code(str(value), when["is"])]}
    if word == "step_num":
        compare = next(key for key in _object(value) if key != "field")
        return {"compare": [compare], "mm": [str(_object(value)[compare])]}
    if word == "missing_any":
        return {"codes": _codes(value)}
    return {"choice": [str(value)]} if word in SINGLES else {}


def derived_code(name: str, value: object) -> str:
    """One choice for a derived fact and its value; true and "true" are not the same in a rule."""
    return f"{name}={str(value).lower() if isinstance(value, bool) else value}"


def condition_of(node: Node) -> dict[str, object]:
    """The reverse. Only of a node of which `missing_in` says nothing."""
    word = node.word
    if word == "not":
        return {word: condition_of(node.parts[0])}
    if word in GROUPS:
        return {word: [condition_of(part) for part in node.parts]}
    if word == "earlier":
        return {word: {"a": node.pattern("a"), "b": node.pattern("b"), "or_equal": node.first("or_equal") == "yes"}}
    if word == "first_in":
        return {word: {"of": node.pattern("of"), "includes": node.pattern("includes")}}
    if word in PATTERNS:
        return {word: node.pattern("step")}
    return _leaf(node)


def _leaf(node: Node) -> dict[str, object]:
    word = node.word
    if word == "fact":
        return {"fact": node.first("fact"), "in": node.given["codes"]}
    if word == "derived":
        name, _, value = node.first("choice").partition("=")
        return {"derived": name, "is": {"true": True, "false": False}.get(value, value)}
    if word == "step_num":
        return {word: {"field": "target_mm", node.first("compare"): int(node.first("mm"))}}
    if word == "missing_any":
        return {word: node.given["codes"]}
    return {word: {"plan_nonempty": True, "step_missing": "target_mm"}.get(word, node.first("choice"))}


def missing_in(node: Node) -> list[str]:
    """What has still to be chosen, by the number of the condition."""
    return [f"Condition {one.number}: {words}" for one in each(node) for words in _missing(one)]


def _missing(node: Node) -> list[str]:
    if not node.word:
        return ["choose what is asked."]
    if node.is_group:
        if not node.parts:
            return ["add a condition to it, or remove it."]
        return (
            ["“does not hold” takes one condition. Put several into a group of their own."] if _too_many(node) else []
        )
    roles = PATTERNS.get(node.word, ())
    if any(not node.pattern(role) for role in roles):
        return ["say which steps are meant: choose at least one treatment, goal or target for each."]
    if node.word == "step_num" and not _is_size(node.first("mm")):
        return ["enter the size in whole millimetres, such as 50."]
    needed = [key for key in fields_of(node.word) if "." not in key]
    return ["choose an answer in each of its fields."] if any(not node.given.get(key) for key in needed) else []


def _too_many(node: Node) -> bool:
    return node.word == "not" and len(node.parts) != 1


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6


def edited(root: Node, do: str) -> Node:
    """After a button: `add:c.0`, `remove:c.0.1`, `wrap:c`. One that names nothing, from an old page, changes nothing."""
    verb, _, name = do.partition(":")
    node = next((one for one in each(root) if one.name == name), None)
    if node is None:
        return root
    if verb == "add" and node.is_group:
        node.parts.append(Node())
    elif verb == "wrap":
        within = Node(node.word, node.given, node.parts)
        node.word, node.given, node.parts = "all", {}, [within, Node()]
    elif verb == "remove" and node is root:
        return Node()
    elif verb == "remove":
        above = next(one for one in each(root) if any(part is node for part in one.parts))
        above.parts = [part for part in above.parts if part is not node]
    return numbered(root)


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _codes(value: object) -> list[str]:
    return [str(code) for code in _items(value)]
