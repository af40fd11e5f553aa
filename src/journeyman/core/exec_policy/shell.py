"""A command line read into its parts with tree-sitter-bash. Nothing is executed or expanded.

Owns what counts as literal. Imported only when a command must be judged: the parser costs start-up time.
Invariant: whatever bash would still rewrite, or this module does not know, becomes an obstacle.
"""

from __future__ import annotations

import re
from functools import lru_cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from journeyman.core.exec_policy.isolation import read_apart
from journeyman.core.exec_policy.script import UNREADABLE, Part, Script, Words, unreadable
from journeyman.core.exec_policy.wrappers import unwrap

_PARSER = Parser(Language(tree_sitter_bash.language()))
# A command this long is a program; deny rules still see it as unreadable.
_MAX_CHARACTERS = 200_000
_MAX_DEPTH = 100
_MAX_PARTS = 2_000
_MAX_WRAPPERS = 8
# What every shell passes on unchanged outside quotes. "~", "=" in front, globs and braces are not in it.
# "~" and "^" within a word are git's way to name parents.
_PLAIN_WORD = re.compile(r"(?!=)(?:[\w./:@%+,=-]|(?<=[\w~^])[~^])*")
_ACTIVE_IN_DOUBLE_QUOTES = re.compile(r"[\\$`!]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTAINERS = frozenset(
    {
        "program", "list", "pipeline", "subshell", "compound_statement", "negated_command",
        "redirected_statement",
    }
)  # fmt: skip
_JOINS = frozenset({"&&", "||", ";", "|", "\n", "(", ")", "{", "}", "!"})
_BLANKS = b" \t\n"
_LAYOUT = str.maketrans("", "", "\n\t")
_FRIENDLY = {
    "command_substitution": "a command substitution",
    "process_substitution": "a process substitution",
    "simple_expansion": "a variable",
    "expansion": "a variable",
    "heredoc_redirect": "a here-document",
    "herestring_redirect": "a here-string",
    "variable_assignment": "a variable assignment",
    "comment": "a comment",
    "&": "a background job",
    "function_definition": "a function",
    "ERROR": "syntax that cannot be read",
}
# How many characters open a quoted word.
_QUOTE_LENGTHS = {"raw_string": 1, "string": 1, "ansi_c_string": 2, "translated_string": 2}
_HARMLESS_TARGETS = frozenset({"/dev/null"})
_OUTPUT = frozenset({">", ">>", ">|", "&>", "&>>", "<>"})


@lru_cache(maxsize=256)
def read_script(text: str) -> Script:
    """Read a command line as bash would; never raises, whatever the text is."""
    return read_apart(lambda: _read(text, 0))


def read_words(words: Words) -> Script:
    """The script of one command that is given as words, without a shell."""
    reader = _Reader(b"", 0)
    reader.add(words)
    return reader.result()


def _read(text: str, depth: int) -> Script:
    if len(text) > _MAX_CHARACTERS:
        return unreadable("it is too long to be read")
    reader = _Reader(text.encode(errors="surrogatepass"), depth)
    visible = text.translate(_LAYOUT)
    if not visible.isprintable():
        odd = next(sign for sign in visible if not sign.isprintable())
        reader.stop(f"it has the character U+{ord(odd):04X}")
    return reader.read()


class _Reader:
    """Walks one syntax tree and gathers parts, writes and the first obstacle."""

    def __init__(self, source: bytes, depth: int) -> None:
        self._source = source
        self._depth = depth
        self._parts: list[Part] = []
        self._writes: list[str] = []
        self._obstacle = ""
        self._other_obstacle = ""

    def read(self) -> Script:
        """Walk the whole tree."""
        root = _PARSER.parse(self._source).root_node
        if root.has_error:
            self.stop("it has syntax that cannot be read")
            self._parts.append(UNREADABLE)
        self._visit(root, 0)
        return self.result()

    def result(self) -> Script:
        """What was gathered so far."""
        return Script(tuple(self._parts), self._obstacle, tuple(self._writes), self._other_obstacle)

    def stop(self, reason: str) -> None:
        """Note why the script is more than its parts; the first reason is kept."""
        self._obstacle = self._obstacle or reason
        self._other_obstacle = self._other_obstacle or reason

    def _use(self, kind: str) -> None:
        self.stop(f"it uses {_FRIENDLY.get(kind) or kind.replace('_', ' ')}")

    def _visit(self, node: Node, depth: int) -> None:
        if depth > _MAX_DEPTH:
            self._give_up()
            return
        kind = node.type
        if kind == "command":
            self._command(node, depth)
        elif kind in _CONTAINERS:
            self._contain(node, depth)
        elif kind == "file_redirect":
            self._redirect(node, depth)
        else:
            self._use(kind)
            self._descend(node, depth)

    def _descend(self, node: Node, depth: int) -> None:
        """Find the commands below a node that is itself not understood."""
        for child in node.named_children:
            if child.type in _CONTAINERS or child.type in {
                "command",
                "redirected_statement",
                "file_redirect",
            }:
                self._visit(child, depth + 1)
            elif depth > _MAX_DEPTH:
                self._give_up()
            else:
                self._descend(child, depth + 1)

    def _give_up(self) -> None:
        """Leave the rest unread, in a way that every rule may be about it."""
        self.stop("it is nested too deep or runs too many commands")
        if self._parts[-1:] != [UNREADABLE]:
            self._parts.append(UNREADABLE)

    def _contain(self, node: Node, depth: int) -> None:
        before = node.start_byte
        for child in node.children:
            self._check_gap(before, child.start_byte)
            before = child.end_byte
            if len(self._parts) > _MAX_PARTS:
                self._give_up()
                return
            if child.is_named:
                self._visit(child, depth + 1)
            elif child.type not in _JOINS:
                self._use(child.type)
        self._check_gap(before, node.end_byte)

    def _check_gap(self, start: int, end: int) -> None:
        """What lies between two nodes is blank, or the tree does not show all of the text."""
        if end > start and self._source[start:end].strip(_BLANKS):
            self.stop("it continues lines or has text that cannot be read")

    def _command(self, node: Node, depth: int) -> None:
        texts: list[str] = []
        known = 0
        before = node.start_byte
        for child in node.children:
            self._check_gap(before, child.start_byte)
            before = child.end_byte
            kind = child.type
            if kind == "variable_assignment":
                self._use(kind)
                self._descend(child, depth)
            elif kind.endswith("_redirect"):
                self._visit(child, depth + 1)
            else:
                text, literal = self._word(child)
                if literal and known == len(texts):
                    known += 1
                elif not literal:
                    self._inexact(child, depth)
                texts.append(text)
        self.add(Words(tuple(texts), known))

    def _inexact(self, node: Node, depth: int) -> None:
        self.stop(f"it has a word that is not literal: {self._text(node)[:60]}")
        self._descend(node, depth)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode(errors="replace")

    def _word(self, node: Node) -> tuple[str, bool]:
        """The word as the program gets it and True, or as it is written and False."""
        kind = node.type
        if kind == "concatenation" or (kind == "command_name" and node.child_count == 1):
            return self._concatenation(node)
        text = self._text(node)
        quote = _QUOTE_LENGTHS.get(kind, 0)
        if quote:
            inner = text[quote:-1]
            active = kind != "raw_string" and (
                kind != "string" or _ACTIVE_IN_DOUBLE_QUOTES.search(text)
            )
            return inner, not active
        if kind in {"word", "number"} and _PLAIN_WORD.fullmatch(text):
            return text, True
        return _ESCAPE.sub(r"\1", text), False

    def _concatenation(self, node: Node) -> tuple[str, bool]:
        text, literal, before = "", True, node.start_byte
        for child in node.children:
            piece, exact = self._word(child)
            text += piece
            literal = literal and exact and child.start_byte == before
            before = child.end_byte
        return text, literal and before == node.end_byte

    def _redirect(self, node: Node, depth: int) -> None:
        """Note what a redirection writes; only files that are read, and /dev/null, are no obstacle."""
        operator, target = "", None
        for child in node.children:
            if not child.is_named:
                operator = child.type
            elif child.type != "file_descriptor":
                target = child
        if target is None:
            self._use("file_redirect")
            return
        text, literal = self._word(target)
        if not literal:
            self._inexact(target, depth)
        if operator in {">&", "<&"} and (text.isdigit() or text == "-"):
            return
        if literal and text in _HARMLESS_TARGETS:
            return
        if operator == "<":
            if text.startswith("/dev/"):
                self.stop(f"it reads from {text}")
            return
        self._writes.append(text)
        self._obstacle = self._obstacle or f"it writes to {text}"

    def add(self, words: Words) -> None:
        """Add a command and what it runs."""
        if not words.texts:  # only assignments or redirections, which are obstacles themselves
            return
        around: tuple[Words, ...] = ()
        opaque = ""
        for _ in range(_MAX_WRAPPERS):
            inner = unwrap(words)
            if inner is None:
                self._parts.append(Part(words, around, opaque))
                return
            around = (*around, words)
            opaque = opaque or inner.opaque
            if inner.words is None:
                self._add_script(inner.text, around, opaque)
                return
            words = inner.words
        self._parts.append(Part(words, around, "it is wrapped too often"))

    def _add_script(self, text: str | None, around: tuple[Words, ...], opaque: str) -> None:
        """Add the parts of a script that is a word of this one."""
        if text is None or self._depth >= _MAX_WRAPPERS:
            self.stop("it runs a script that is not literal")
            self._parts.append(Part(UNREADABLE.words, around, "it runs a script"))
            return
        script = _read(text, self._depth + 1)
        self._obstacle = self._obstacle or script.obstacle
        if script.other_obstacle:
            self.stop(script.other_obstacle)
        self._writes.extend(script.writes)
        self._parts.extend(
            Part(part.words, (*around, *part.around), opaque or part.opaque)
            for part in script.parts
        )
