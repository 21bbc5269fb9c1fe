"""What a statement must not give away: literals that could be passwords, keys or tokens, hidden before it is stored.

The one place where that is decided. It reads SQL as PostgreSQL's scanner does, knows no grammar, and so works on
what was cut off or never was SQL. In doubt a literal is hidden: a reader misses a value, not a password.
"""

import re
from dataclasses import dataclass

HIDDEN = "…"
DEEPEST = 3
"""Programs within programs ($$ … $x$ … $x$ … $$) that are read; what is deeper counts as a literal."""

ANYWHERE = (  # in whatever a name is put together from: userPassword, x_api_key
    r"passw|passphrase|passcode|passwort|secret|token|credential|identified|authorization|bearer|verifier|"
    r"api_?key|(?:access|private|signing|encryption|master|session)_?key"
)
SECRET_WORD = re.compile(rf"{ANYWHERE}|(?:\b|_)(?:pass|pwd|psw|pin|otp|cvv|cvc)(?:\b|_)", re.IGNORECASE)
SECRET_TEXT = re.compile(  # what a literal may hold: verifiers and hashes, addresses with a password, well-known tokens
    r"SCRAM-SHA-|md5[0-9a-f]{32}|\$(?:2[abxy]|5|6|y|argon2\w*|pbkdf2[\w-]*|scrypt)\$|://[^\s/]*@|-----BEGIN|"
    r"\bBasic\s+\S|\beyJ[\w-]{8}|\b(?:js[tp]_|sk_|ghp_|gho_|glpat-|xox[a-z]-|AKIA)\w",
    re.IGNORECASE,
)
CALLS = re.compile(r"(?:crypt|pgp_\w+|hmac|digest|(?:en|de)crypt(?:_iv)?|md5|sha\d+)\Z", re.IGNORECASE)
NAME = r'(?:[\w.$]+|"[^"]*")'
NAMES = re.compile(rf"\(\s*{NAME}(?:\s*,\s*{NAME})*+\s*\)")
AFTER = re.compile(  # 'honey' AS password, upper('honey')::text = people.password, 'honey' password
    rf"[\s)]*+(?:::\s*+[\w.]++(?:\[\])?+)?[\s)]*+(?:\bAS\b|=|<>|!=|\bI?LIKE\b|\bIN\b)?\s*+\(?+\s*+({NAME}(?:\.{NAME})*+)",
    re.IGNORECASE,
)
ENDS = {
    *("WHERE", "AND", "OR", "SET", "FROM", "JOIN", "ON", "USING", "THEN", "WHEN", "ELSE", "RETURNING", "VALID"),
    *("ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET", "UNION", "SELECT"),
}
TOKEN = re.compile(
    r"""(?P<comment>--[^\r\n]*+|/\*)
    |(?P<literal>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z)|(?:[uU]&|[bBxXnN])?'(?:[^']|'')*+(?:'|\Z))
    |(?P<dollars>\$(?:[^\W\d]\w*)?\$)
    |(?P<name>(?:[uU]&)?"(?:[^"]|"")*+(?:"|\Z)|[^\W\d][\w$]*+)
    |(?P<number>\d[\w.]*+)
    |(?P<other>\$\d++|\s++|[^\w\s'"$/-]|.)""",
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")


def masked(text: str) -> str:
    """`text` with `'…'` for every literal that could be a secret. Parameters ($1) stay; never fails."""
    return _Reader(text).read()


@dataclass
class _Hiding:
    """From where on literals are hidden: until the expression ends that began at `depth`.

    `commas` of it are passed over: the value of `set_config('app.password', …)` stands behind one.
    """

    depth: int
    commas: float = 0


class _Reader:
    def __init__(self, text: str, *, level: int = 0) -> None:
        self.text, self.level, self.depth = text, level, 0
        self.secretive = bool(SECRET_WORD.search(text))
        self.all_of_it = any(SECRET_WORD.search(names) for names in NAMES.findall(text))  # (name, password) VALUES …
        self.hiding: _Hiding | None = None
        self.first = self.last = ""  # words, in capitals
        self.between = self.assigned = False

    def read(self) -> str:
        out, at = [], 0
        while at < len(self.text):
            found = TOKEN.match(self.text, at)
            assert found is not None
            shown, at = getattr(self, f"_{found.lastgroup}")(found.group(), at, found.end())
            out.append(shown)
        return "".join(out)

    def _comment(self, piece: str, start: int, end: int) -> tuple[str, int]:
        if piece == "/*":
            end = self._end_of_comment(end)
        text = self.text[start:end]
        if not (SECRET_WORD.search(text) or SECRET_TEXT.search(text)):
            return text, end
        return (f"/* {HIDDEN} */" if piece == "/*" else f"-- {HIDDEN}"), end

    def _end_of_comment(self, at: int) -> int:
        """Comments of this kind nest in PostgreSQL."""
        level = 1
        for edge in COMMENT_EDGE.finditer(self.text, at):
            level += 1 if edge.group() == "/*" else -1
            if not level:
                return edge.end()
        return len(self.text)

    def _literal(self, piece: str, start: int, end: int) -> tuple[str, int]:
        if self.secretive and piece[0] not in "eE" and piece.endswith("\\'"):
            end = len(self.text)  # does it end here? With standard_conforming_strings off it would not
            return f"'{HIDDEN}'", end
        content = piece.partition("'")[2]
        return (f"'{HIDDEN}'" if self._gives_away(content, end) else piece), end

    def _gives_away(self, content: str, end: int) -> bool:
        """What stands behind a secret may be its other half: a key and its id, a name and its value."""
        if SECRET_WORD.search(content) or SECRET_TEXT.search(content):
            around = self.hiding or _Hiding(self.depth)
            self.hiding = _Hiding(min(around.depth, self.depth), max(around.commas, 1))
            return True
        return bool(self.hiding or self.all_of_it or self._is_named(end))

    def _is_named(self, end: int) -> bool:
        """Whether a name that tells of a secret follows."""
        found = AFTER.match(self.text, end) if self.secretive else None
        return bool(found and SECRET_WORD.search(found.group(1)))

    def _dollars(self, piece: str, start: int, end: int) -> tuple[str, int]:
        close = self.text.find(piece, end)
        body = self.text[end:close] if close >= 0 else self.text[end:]
        after = close + len(piece) if close >= 0 else len(self.text)
        program = (";" in body or "\n" in body) and self.level < DEEPEST
        if program and not (self.hiding or self.all_of_it or SECRET_TEXT.search(body)):
            inner = _Reader(body, level=self.level + 1).read()
            return f"{piece}{inner}{piece if close >= 0 else ''}", after
        return (f"'{HIDDEN}'" if self._gives_away(body, after) else self.text[start:after]), after

    def _name(self, piece: str, start: int, end: int) -> tuple[str, int]:
        word = piece.upper()
        if self.hiding and self.assigned and self.first in {"SET", "ALTER"} and word not in {"TO", "DEFAULT"}:
            return HIDDEN, end  # SET app.token = bare_word
        self.first = self.first or word
        if self.hiding and word in ENDS and self.depth <= self.hiding.depth and not (word == "AND" and self.between):
            self.hiding = None
        self.between = word == "BETWEEN" or (self.between and word != "AND")
        if SECRET_WORD.search(piece):
            self.hiding, self.assigned = _Hiding(self.depth), False
        self.assigned = self.assigned or (self.hiding is not None and word == "TO")
        self.last = piece
        return piece, end

    def _number(self, piece: str, start: int, end: int) -> tuple[str, int]:
        return (HIDDEN if self.hiding or self.all_of_it or self._is_named(end) else piece), end

    def _other(self, piece: str, start: int, end: int) -> tuple[str, int]:
        match piece:
            case "(":
                self.depth += 1
                if CALLS.match(self.last) and self.hiding is None:
                    self.hiding = _Hiding(self.depth, commas=float("inf"))
            case ")":
                self.depth -= 1
                if self.hiding and self.depth < self.hiding.depth:
                    self._passed(whole=True)
            case ",":
                self._passed()
            case ";":
                self.hiding, self.first, self.assigned, self.depth = None, "", False, 0
            case "=":
                self.assigned = self.hiding is not None
        if not piece.isspace():
            self.last = ""
        return piece, end

    def _passed(self, *, whole: bool = False) -> None:
        """A comma, or the end of the parentheses: an expression is over, and with it perhaps the secret."""
        if self.hiding is None or (self.depth > self.hiding.depth and not whole):
            return
        if whole or not self.hiding.commas:
            self.hiding, self.assigned = None, False
        else:
            self.hiding.commas -= 1
