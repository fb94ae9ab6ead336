"""JUnit XML for test reports: a suite for each file, a case for each rule; a broken rule is a failure."""

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from pipelines.findings import Findings, count, general
from schemas.problems import Problem

EXAMPLES = 10
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """The suites of all files as one document."""
    suites = Element("testsuites", name="dealport")
    for findings in files:
        _suite(suites, findings)
    for total in ("tests", "failures", "errors"):
        suites.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    ElementTree.indent(suites)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield ElementTree.tostring(suites, encoding="unicode") + "\n"


def _suite(suites: Element, findings: Findings) -> None:
    told = {code: [one for one in problems if not one.warns] for code, problems in findings.by_code().items()}
    found = {code: problems for code, problems in told.items() if problems}
    codes = [*findings.rules, *(code for code in found if code not in findings.rules)]
    name = _text(findings.file)
    if findings.refused:
        codes = []
        suite = SubElement(suites, "testsuite", name=name, tests="1", failures="0", errors="1", skipped="0", time="0")
        case = SubElement(suite, "testcase", classname=name, name="can be judged", file=name, time="0")
        SubElement(case, "error", message=_text(findings.absent[0])).text = _text(findings.absent[1])
    else:
        counts = {"tests": f"{len(codes)}", "failures": f"{len(found)}"}
        suite = SubElement(suites, "testsuite", {"name": name, **counts, "errors": "0", "skipped": "0", "time": "0"})
    for code in codes:
        case = SubElement(suite, "testcase", classname=name, name=code, file=name, time="0")
        if code in found:
            _failure(case, found[code], findings)
    if findings.notes:
        SubElement(suite, "system-out").text = _text("\n".join(findings.notes))


def _failure(case: Element, problems: Sequence[Problem], findings: Findings) -> None:
    code = problems[0].code
    why = general(findings.rules[code])[0] if code in findings.rules else f"The cell {problems[0].why}."
    first = f"{count(len(problems), 'problem')}, the first in {problems[0].where}. {why}"
    failure = SubElement(case, "failure", type=code, message=_text(first))
    lines = [f"{problem.where}: {problem}" for problem in problems[:EXAMPLES]]
    if len(problems) > EXAMPLES:
        lines.append(f"and {len(problems) - EXAMPLES:,} more")
    failure.text = _text("\n".join(lines))


def _text(text: str) -> str:
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
