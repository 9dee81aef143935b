#!/usr/bin/env python3
"""Checks JUnit reports: valid by a schema, readable by a reader that is not ours, and with sums that add up.

    python ci/junit/check.py [--schema XSD] FILE...

Needs lxml and junitparser. The default schema is report.xsd beside this file; --schema takes another one, such as
junit-10.xsd of Jenkins' xunit plugin. A FILE that ends in .snap is a snapshot of insta, whose head is left out.
"""

import argparse
import pathlib
import sys

import junitparser
from lxml import etree

SUMS = ("tests", "failures", "errors")


def document(path):
    """The XML of a report, or of a snapshot of one."""
    data = path.read_bytes()
    if path.suffix == ".snap":
        data = data.split(b"---\n", 2)[2]
    return data


def counted(suite):
    """What a suite holds, counted from its cases and not taken from its attributes."""
    kinds = [{type(result) for result in case.result} for case in suite]
    return {
        "tests": len(kinds),
        "failures": sum(junitparser.Failure in kind for kind in kinds),
        "errors": sum(junitparser.Error in kind for kind in kinds),
        "skipped": sum(junitparser.Skipped in kind for kind in kinds),
    }


def check(path, schema):
    """Prints what a report holds; returns what is wrong with it."""
    data = document(path)
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError as error:
        return [f"not well-formed: {error}"]
    problems = []
    if not schema.validate(root):
        problems += [f"line {error.line}: {error.message}" for error in schema.error_log]
    report = junitparser.JUnitXml.fromroot(root)
    total = dict.fromkeys((*SUMS, "skipped"), 0)
    for suite in report:
        counts = counted(suite)
        for key, count in counts.items():
            total[key] += count
            if getattr(suite, key) != count:
                problems.append(f"suite {suite.name!r} says {getattr(suite, key)} {key} and holds {count}")
    for key in SUMS:
        if getattr(report, key) != total[key]:
            problems.append(f"the report says {getattr(report, key)} {key} and holds {total[key]}")
    print(f"{path}: {len(list(report))} suites, " + ", ".join(f"{count} {key}" for key, count in total.items()))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schema", type=pathlib.Path, default=pathlib.Path(__file__).with_name("report.xsd"))
    parser.add_argument("files", metavar="FILE", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    schema = etree.XMLSchema(etree.parse(arguments.schema))
    failed = False
    for path in arguments.files:
        for problem in check(path, schema):
            failed = True
            print(f"{path}: {problem}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
