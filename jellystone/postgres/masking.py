"""What a statement must not give away: its literals, hidden before it is stored or shown.

The one place where that is decided. It reads SQL as PostgreSQL's scanner does, knows no grammar, and so works on
what was cut off or never was SQL. A literal is shown only if it can be no secret: a moment, a unit of time, the key
behind `->>`. So what `pg_stat_statements` leaves in statements that it does not normalise is hidden as well.
"""

import re

HIDDEN = "…"
DEEPEST = 3
"""Programs within programs (AS $$ … AS $x$ … $x$ … $$) that are read; what is deeper is hidden as a whole."""

ANYWHERE = (  # in whatever a name is put together from: userPassword, x_api_key
    r"passw|passphrase|passcode|passwort|secret|token|credential|identified|authorization|bearer|verifier|"
    r"api_?key|(?:access|private|signing|encryption|master|session)_?key"
)
SECRET_WORD = re.compile(rf"{ANYWHERE}|(?:\b|_)(?:pass|pwd|psw|pin|otp|cvv|cvc)(?:\b|_)", re.IGNORECASE)
SECRET_TEXT = re.compile(  # what a comment may hold: verifiers and hashes, addresses with a password, known tokens
    r"SCRAM-SHA-|md5[0-9a-f]{32}|\$(?:2[abxy]|5|6|y|argon2\w*|pbkdf2[\w-]*|scrypt)\$|://[^\s/]*@|-----BEGIN|"
    r"\bBasic\s+\S|\beyJ[\w-]{8}|\b(?:js[tp]_|sk_|ghp_|gho_|glpat-|xox[a-z]-|AKIA)\w",
    re.IGNORECASE,
)
UNIT = r"(?:microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?"
HARMLESS = re.compile(  # moments, lengths of time and their units, and one or two signs: '%', ', '
    rf"\d{{4}}-\d\d(?:-\d\d)?(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{{1,6}})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?"
    rf"|\d\d:\d\d(?::\d\d)?|(?:\d{{1,4}} )?{UNIT}|[^\w\\]{{0,2}}",
    re.IGNORECASE,
)
KEY = ("->", "->>", "#>", "#>>")
"""Behind these stands the name of a field."""
LANGUAGES = {"sql", "plpgsql"}
"""Of programs that can be read as SQL is; in others, "…" is a literal."""
LANGUAGE = re.compile(r"\blanguage\s+[\"']?(\w+)", re.IGNORECASE)
BARE = {"ROLE", "USER", "GROUP", "DATABASE", "SYSTEM", "FUNCTION", "PROCEDURE", "ROUTINE"}
"""What CREATE and ALTER may give a secret without quotes, rightly (SET app.token TO honey) or by mistake."""
TOKEN = re.compile(
    r"""(?P<comment>--[^\r\n]*+|/\*)
    |(?P<literal>[eE]'(?:[^'\\]|\\.|'')*+(?:'|\Z)|(?:[uU]&|[bBxXnN])?'(?:[^']|'')*+(?:'|\Z))
    |(?P<dollars>\$(?:[^\W\d]\w*)?\$)
    |(?P<quoted>(?:[uU]&)?"(?:[^"]|"")*+(?:"|\Z))
    |(?P<name>[^\W\d][\w$]*+)
    |(?P<number>\d[\w.]*+)
    |(?P<space>\s++)
    |(?P<other>\$\d++|[^\w\s'"$/-]|.)""",
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")


def masked(text: str) -> str:
    """`text` with `'…'` for every literal that could be a secret. Parameters ($1) stay; never fails."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str, *, level: int = 0) -> None:
        self.text, self.level = text, level
        self.secretive = bool(SECRET_WORD.search(text))
        self._begin()

    def read(self) -> str:
        out, at = [], 0
        while at < len(self.text):
            found = TOKEN.match(self.text, at)
            assert found is not None
            shown, at = getattr(self, f"_{found.lastgroup}")(found.group(), at, found.end())
            out.append(shown)
        return "".join(out)

    def _begin(self) -> None:
        """Of a statement. `behind`: behind a name that tells of a secret; `assigned`: and behind a `=`."""
        self.words: list[str] = []
        self.last = self.signs = ""
        self.behind = self.assigned = False

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
        if piece[0] not in "eE" and "\\'" in piece:
            end = len(self.text)  # does it end where we think? With standard_conforming_strings off it would not
            return f"'{HIDDEN}'", end
        shown = self._is_harmless(piece)
        self._go_on()
        return (piece if shown else f"'{HIDDEN}'"), end

    def _is_harmless(self, piece: str) -> bool:
        prefix, _, content = piece.partition("'")
        if prefix or not content.endswith("'"):
            return False
        content = content[:-1]
        if self.last == "LANGUAGE" and content in LANGUAGES:
            return True
        return not self.secretive and bool(self.signs in KEY or HARMLESS.fullmatch(content))

    def _dollars(self, piece: str, start: int, end: int) -> tuple[str, int]:
        close = self.text.find(piece, end)
        body, after = (self.text[end:close], close + len(piece)) if close >= 0 else (self.text[end:], len(self.text))
        program = self._is_program()
        self._go_on()
        if program:
            inner = _Reader(body, level=self.level + 1).read()
            return f"{piece}{inner}{piece if close >= 0 else ''}", after
        return f"'{HIDDEN}'", after

    def _is_program(self) -> bool:
        """DO $$ … $$, or CREATE FUNCTION … AS $$ … $$, in a language whose literals we know."""
        if self.level == DEEPEST or self.words[:1] not in (["DO"], ["CREATE"]):
            return False
        languages = {found.lower() for found in LANGUAGE.findall(self.text)}
        if self.words[0] == "DO":
            return languages <= LANGUAGES
        return self.last == "AS" and bool(languages) and languages <= LANGUAGES

    def _quoted(self, piece: str, start: int, end: int) -> tuple[str, int]:
        """Meant as a literal, it is an error that the list of connections shows."""
        if self.behind and (self.assigned or self._takes_bare_words()):
            return HIDDEN, end
        self._go_on(piece, secret=bool(SECRET_WORD.search(piece)))
        return piece, end

    def _name(self, piece: str, start: int, end: int) -> tuple[str, int]:
        word = piece.upper()
        if self.behind and self._takes_bare_words():
            self.assigned = self.assigned or word == "TO"
            return (piece if word in {"TO", "DEFAULT", "NULL"} else HIDDEN), end
        self.words = [*self.words, word][:4]
        self._go_on(word, secret=bool(SECRET_WORD.search(piece)))
        return piece, end

    def _number(self, piece: str, start: int, end: int) -> tuple[str, int]:
        return (HIDDEN if self.secretive else piece), end

    def _space(self, piece: str, start: int, end: int) -> tuple[str, int]:
        return piece, end

    def _other(self, piece: str, start: int, end: int) -> tuple[str, int]:
        match piece:
            case ";":
                self._begin()
            case "," | ")":
                self._go_on()
            case _:
                self.assigned = self.assigned or (self.behind and piece == "=")
                self.last, self.signs = "", (self.signs + piece)[-3:]
        return piece, end

    def _go_on(self, last: str = "", *, secret: bool = False) -> None:
        """Behind a name, a literal, or what ends an expression."""
        self.last, self.signs, self.behind, self.assigned = last, "", secret, False

    def _takes_bare_words(self) -> bool:
        first, *others = self.words or [""]
        return first == "SET" or (first in {"CREATE", "ALTER"} and not BARE.isdisjoint(others))
