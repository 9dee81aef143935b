"""Writes hostile INI texts and what CPython's configparser reads from each, one JSON object a line.

usage: compare_configparser.py SEED COUNT

The same seed gives the same texts. `tests/it/project_ini_python.rs` compares vesto's reader with this output.
"""

import configparser
import io
import json
import random
import sys

PIECES = (
    ["[", "]", "=", ":", ";", "#", " ", "  ", "\t", "\n", "\n", "\n", "\r\n", "\r", "\n ", "\n  ", "\n\t"]
    + ["a", "B", "key", "Key", "x y", "'", "::int", "%(a)s", "%", "--", "$$", "\\", "\\n", "DEFAULT", "default"]
    + ["[s]", "[t]", "[DEFAULT]", "[]", "[[s]]", "[a] ; c", "]x]", "k = v", "k: v", "= v", "; c", "# c", " ; c", "#tmp"]
    + ["\ufeff", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x00", "\x85", "\xa0", "\u1680", "\u2003", "\u200b"]
    + ["\u2028", "\u2029", "\u3000", "é", "É", "İ", "ΑΣ", "ß", "ẞ", "ǅ", "\U00010400", "\U0001f600", "\u0301"]
)
NAMES = ["s", "S", "t", "DDL_v01", "DEFAULT", "a b", "]", "[x", " s", "é", "É"]
KEYS = ["query0", "Query0", "q", "q ", "a b", "where a", "x", "É", "é", "İ", "ΑΣ", "\u3000k", ""]
VALUES = ["select 1;", "", "a = b", "x::int", "'a;b'", "v ; c", "v# c", "%(q)s", "[1]", "create table t (", "\x1cv\x1d"]
BREAKS = ["\n"] * 12 + ["\r\n", "\r", "\n\n", "\n \n", "\n\t\n", "\x0b", "\u2028\n", "\n; c\n", "\n  # c\n", "\n[s]\n"]
INDENTS = ["", "", "", "", " ", "  ", "    ", "\t", "\u3000", "\x1c", " \t "]


def noise(rng):
    """Returns pieces in any order."""
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(1, 40)))


def structured(rng):
    """Returns a file that is mostly well formed, with unusual indentation, names and line ends."""
    out = [] if rng.random() < 0.05 else [f"[{rng.choice(NAMES)}]", rng.choice(BREAKS)]
    for number in range(rng.randrange(1, 14)):
        kind = rng.random()
        out.append(rng.choice(INDENTS))
        if kind < 0.15:
            out.append(f"[{rng.choice(NAMES)}{rng.choice(['', '', number])}]{rng.choice(['', '', ' ; c', 'x'])}")
        elif kind < 0.6:
            key = f"{rng.choice(KEYS)}{rng.choice(['', number, number])}"
            out.append(f"{key}{rng.choice(['=', ':', ' = ', ' : ', chr(9) + '=', '=' + chr(0x3000)])}{rng.choice(VALUES)}")
        elif kind < 0.7:
            out.append(rng.choice(["# c", "; c", ";", "#tmp", "-- c", "#"]))
        else:
            out.append(rng.choice(VALUES))
        out.append(rng.choice(BREAKS))
    return "".join(out)


def mutated(rng):
    """Returns a structured file with a few characters changed."""
    text = list(structured(rng))
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(text) + 1)
        if rng.random() < 0.5:
            text[at : at + rng.randrange(3)] = []
        else:
            text.insert(at, rng.choice(PIECES))
    return "".join(text)


def expected(text, inline):
    """Reads a text as a file would be read, with universal line ends."""
    prefixes = (";",) if inline else None
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=prefixes)
    try:
        parser.read_file(io.StringIO(text, newline=None), "generated")
    except (configparser.MissingSectionHeaderError, configparser.DuplicateSectionError) as error:
        return {"error": type(error).__name__, "lines": [error.lineno]}
    except configparser.DuplicateOptionError as error:
        return {"error": type(error).__name__, "lines": [error.lineno]}
    except configparser.ParsingError as error:
        return {"error": type(error).__name__, "lines": [line for line, _ in error.errors]}
    return {"sections": [[name, [list(item) for item in parser.items(name)]] for name in parser.sections()]}


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    for number in range(count):
        text = (noise, structured, mutated, structured)[number % 4](rng)
        inline = number % 5 == 0
        print(json.dumps({"text": text, "inline": inline, **expected(text, inline)}))


main()
