"""Writes rows of hostile values in every format that COPY reads, by means that share nothing with vesto.

    write_rows.py FOLDER SEED

FOLDER/data gets the files, FOLDER/changes the tables and COPY statements, FOLDER/expected.sql the rows for a server that
reads no file, FOLDER/loads the names of the tables. What this machine has no means for is left out and said on stdout.
"""

import base64
import bz2
import csv
import datetime
import decimal
import gzip
import hashlib
import importlib.util
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
chance = random.Random(int(sys.argv[2]))
NULL = "@NULL@"

COLUMNS = [
    ("id", "integer"),
    ("s", "smallint"),
    ("b", "bigint"),
    ("n", "numeric(38,10)"),
    ("r", "real"),
    ("d", "double precision"),
    ("t", "boolean"),
    ("c", "char(10)"),
    ("v", "varchar(65535)"),
    ("w", "varchar(65535)"),
    ("day", "date"),
    ("at", "timestamp"),
    ("atz", "timestamptz"),
]

TEXTS = [
    None, "", "\\N", "\\\\N", "NULL", "|", "a|b", ",", "a,b", '"', '""', "'", "it's", "'quoted'", '"quoted"', "\n", "\r\n", "\r",
    "a\nb\n", "\\", "\\\\", "a\\", "\\n", "\\.", "\t", " ", "  leading", "trailing  ", "é", "\U0001f600", "日本語", "\ufeffmark",
    "\u2028", "{}", "[1]", "%", ";", "x" * 65535, "\U0001f600" * 16383, "\x01\x7f",
]  # fmt: skip
utc = datetime.timezone.utc
DAYS = [datetime.date(*day) for day in [(1, 1, 1), (1582, 10, 10), (1899, 12, 31), (1900, 2, 28), (2000, 2, 29), (9999, 12, 31)]]
FLOATS = [-0.0, 0.0, 1.5, -2.25, math.inf, -math.inf, math.nan]


def text():
    if chance.random() < 0.7:
        return chance.choice(TEXTS)
    return "".join(chance.choice("ab|,;\"'\\\n\r\t é\U0001f600N ") for _ in range(chance.randrange(20)))


def moment():
    day = chance.choice(DAYS)
    time = datetime.time(chance.randrange(24), chance.randrange(60), chance.randrange(60), chance.choice([0, 1, 123456, 999999]))
    return datetime.datetime.combine(day, time)


def maybe(value):
    return None if chance.random() < 0.1 else value


def row(number):
    return [
        number,
        maybe(chance.choice([-32768, 32767, 0, -1])),
        maybe(chance.choice([-(2**63), 2**63 - 1, 0, 7])),
        maybe(decimal.Decimal(chance.choice(["9" * 28 + "." + "9" * 10, "-0.0000000001", "0.0000000000", "-12.5000000000"]))),
        maybe(chance.choice([*FLOATS, 3.4028234663852886e38])),
        maybe(chance.choice([*FLOATS, 5e-324, 1.7976931348623157e308, 0.1])),
        maybe(chance.choice([True, False])),
        maybe(chance.choice(["", "abc", "ten chars!", "\\N", "a|b'\"\n"])),
        text(),
        text(),
        maybe(chance.choice(DAYS)),
        maybe(moment()),
        maybe(moment()),
    ]


ROWS = [row(number) for number in range(400)]


def shown(value):
    """The value as Redshift's documentation writes it."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), repr(value))
    if isinstance(value, datetime.datetime):
        return f"{value.isoformat(sep=' ')}"
    return str(value) if not isinstance(value, decimal.Decimal) else f"{value:f}"


def fields(values):
    """Texts and None; the last column gets the offset of its zone."""
    out = [None if value is None else shown(value) for value in values]
    if out[-1] is not None:
        out[-1] += "+00"
    return out


LOADS = []


def load(name, options, path, data):
    target = root / "data" / name / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        target.write_bytes(data)
    LOADS.append((name, options))
    return target


def left_out(what):
    print(f"LEFT OUT: {what}")


def delimited(rows):
    def escaped(field):
        for special in ["\\", "|", "\n", "\r"]:
            field = field.replace(special, "\\" + special)
        return field

    return "".join("|".join(NULL if f is None else escaped(f) for f in fields(r)) + "\n" for r in rows).encode()


def quoted_csv(rows):
    line = lambda r: ",".join("\\N" if f is None else '"' + f.replace('"', '""') + '"' for f in fields(r)) + "\r\n"
    return "".join(line(r) for r in rows).encode()


def texts():
    plain = delimited(ROWS)
    escape = f"escape null as '{NULL}'"
    load("escape", escape, "0", plain)
    halves = load("parts", f"{escape} ignoreheader 1", "0000_part_00", b"header\n" + delimited(ROWS[:200]))
    (halves.parent / "0001_part_00").write_bytes(b"header\n" + delimited(ROWS[200:]))
    load("csv_quoted", "csv", "0", quoted_csv(ROWS))
    target = load("csv_module", f"csv null as '{NULL}'", "0", b"")
    with open(target, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NULL if f is None else f for f in fields(r)] for r in ROWS)
    load("utf16", f"{escape} encoding utf16", "0", plain.decode().encode("utf-16"))
    load("utf16be", f"csv encoding 'utf16be'", "0", quoted_csv(ROWS).decode().encode("utf-16-be"))
    load("gzip", f"{escape} gzip", "0.gz", gzip.compress(plain[:9999]) + gzip.compress(plain[9999:]))
    load("bzip2", f"{escape} bzip2", "0.bz2", bz2.compress(plain[:9999]) + bz2.compress(plain[9999:]))
    for tool, options, more in [("gzip", "gzip", "-9"), ("zstd", "zstd", "-19"), ("bzip2", "bzip2", "-9"), ("lzop", "lzop", "-1"), ("lzop", "lzop", "-9")]:
        if shutil.which(tool):
            packed = subprocess.run([tool, more, "-c"], input=plain, stdout=subprocess.PIPE, check=True).stdout
            load(f"tool_{tool}{more}".replace("-", "_"), f"{escape} {options}", "0", packed)
        else:
            left_out(f"files of {tool}, which is not installed")


def objects():
    names = [name for name, _ in COLUMNS]

    def plain(value, zone=False):
        if isinstance(value, float) and not math.isfinite(value):
            return shown(value)
        if isinstance(value, decimal.Decimal) or isinstance(value, datetime.date):
            return shown(value) + ("+00" if zone else "")
        return value

    values = [[plain(value, name == "atz") for name, value in zip(names, r)] for r in ROWS]
    lines = [json.dumps(dict(zip(names, r)), ensure_ascii=chance.random() < 0.5) for r in values]
    load("json", "json 'auto'", "0", "\n".join(lines).encode())
    upper = [json.dumps({name.upper(): v for name, v in zip(names, r) if v is not None}, indent=1) for r in values]
    load("json_upper", "json 'auto ignorecase'", "0", "".join(upper).encode())
    load("json_paths", "json 's3://data/paths.json'", "0", "\n".join(json.dumps({"x": r}) for r in values).encode())
    paths = {"jsonpaths": [f"$.x[{at}]" for at in range(len(names))]}
    (root / "data" / "paths.json").write_text(json.dumps(paths))


def parquet():
    if not importlib.util.find_spec("pyarrow"):
        return left_out("Parquet, as there is no pyarrow")
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = [
        pa.int32(), pa.int16(), pa.int64(), pa.decimal128(38, 10), pa.float32(), pa.float64(), pa.bool_(), pa.string(),
        pa.string(), pa.string(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC"),
    ]  # fmt: skip
    columns = [pa.array([r[at] for r in ROWS], type=kind) for at, kind in enumerate(types)]
    table = pa.table(columns, names=[name for name, _ in COLUMNS])
    for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
        target = load(f"parquet_{codec}", "parquet", "0", b"")
        pq.write_table(table, target, compression=codec, row_group_size=150, data_page_size=4096)
    target = load("parquet_v2", "format as parquet", "0", b"")
    pq.write_table(table, target, data_page_version="2.0", use_dictionary=False)


def avro():
    if not importlib.util.find_spec("fastavro"):
        return left_out("Avro, as there is no fastavro")
    import fastavro

    kinds = ["int", "int", "long", "string", "float", "double", "boolean"] + ["string"] * 6
    schema = fastavro.parse_schema(
        {"type": "record", "name": "row", "fields": [{"name": name, "type": ["null", kind]} for (name, _), kind in zip(COLUMNS, kinds)]}
    )
    plain = [value for value in ROWS]
    records = []
    for values in plain:
        as_text = fields(values)
        records.append({name: (as_text[at] if kinds[at] == "string" else values[at]) for at, (name, _) in enumerate(COLUMNS)})
    for codec in ["null", "deflate"]:
        target = load(f"avro_{codec}", "avro 'auto'", "0", b"")
        with open(target, "wb") as file:
            fastavro.writer(file, schema, records, codec=codec, sync_interval=20000)


def encrypted():
    if not shutil.which("openssl"):
        return left_out("encrypted files, as there is no openssl")

    def openssl(cipher, key, data, *more):
        command = ["openssl", "enc", "-e", cipher, "-K", key.hex(), *more]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout

    master, key, iv = (bytes(chance.randrange(256) for _ in range(length)) for length in (32, 32, 16))
    for name, data, more in [("plain", delimited(ROWS), ""), ("gzip", gzip.compress(delimited(ROWS)), " gzip")]:
        encoded = base64.b64encode(master).decode()
        options = f"escape null as '{NULL}' encrypted master_symmetric_key '{encoded}'{more}"
        load(f"encrypted_{name}", options, "0", openssl("-aes-256-cbc", key, data, "-iv", iv.hex()))
        metadata = {
            "x-amz-key": base64.b64encode(openssl("-aes-256-ecb", master, key)).decode(),
            "x-amz-iv": base64.b64encode(iv).decode(),
            "x-amz-matdesc": "{}",
        }
        # A folder keeps the metadata of its objects here.
        object_key = f"encrypted_{name}/0"
        record = root / "data/.vesto-store/metadata" / f"{hashlib.sha256(object_key.encode()).hexdigest()}.json"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(json.dumps({"key": object_key, "metadata": metadata}))


def manifest():
    urls = [{"url": f"s3://data/parts/000{part}_part_00", "mandatory": True} for part in range(2)]
    (root / "data/parts.manifest").write_text(json.dumps({"entries": [*urls, {"url": "s3://data/parts/none"}]}))
    LOADS.append(("manifest", f"escape null as '{NULL}' ignoreheader 1 manifest"))


def literal(value):
    if value is None:
        return "null"
    return f"convert_from(decode('{shown(value).encode().hex()}', 'hex'), 'utf8')"


texts()
objects()
parquet()
avro()
encrypted()
manifest()
columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
changes = root / "changes"
changes.mkdir(exist_ok=True)
(changes / "V001__expected.sql").write_text(f"create table expected ({columns});")
for number, (name, options) in enumerate(LOADS, 2):
    place = "parts.manifest" if name == "manifest" else f"{name}/"
    copy = f"create table t_{name} ({columns});\ncopy t_{name} from 's3://data/{place}' iam_role default {options};"
    (changes / f"V{number:03}__{name}.sql").write_text(copy)
kinds = [kind for _, kind in COLUMNS]
with open(root / "expected.sql", "w") as file:
    for values in ROWS:
        cells = ", ".join(
            literal(value if at < len(kinds) - 1 or value is None else value.replace(tzinfo=utc)) + f"::{kind}"
            for at, (value, kind) in enumerate(zip(values, kinds))
        )
        file.write(f"insert into expected values ({cells});\n")
(root / "loads").write_text("\n".join(name for name, _ in LOADS))
