"""SARIF 2.1.0 for code scanning: every rule with its help, and the first 5,000 problems at their line and column."""

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pipelines.findings import Findings, count, general
from schemas.problems import RULES, Problem, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
PLACES = True
MOST = 5_000
"""GitHub's code scanning shows so many results of a run."""


def pieces(files: Sequence[Findings]) -> Iterator[str]:
    """One run of dealport over all files."""
    rules = {code: rule for findings in files for code, rule in findings.rules.items()} or RULES
    indices = {code: index for index, code in enumerate(rules)}
    results: list[dict[str, Any]] = []
    for findings in files:
        for problem, place in findings.placed(MOST - len(results)):
            region = {"startLine": place.line, "startColumn": place.character}
            results.append(_result(findings, problem, indices, region))
    driver = {"name": "dealport", "version": version("dealport"), "rules": [_rule(c, r) for c, r in rules.items()]}
    judged = not any(findings.refused for findings in files)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": judged, "toolExecutionNotifications": _notices(files)}],
        "artifacts": [{"location": {"uri": _uri(findings.file)}} for findings in files],
        "results": results,
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _rule(code: str, rule: Rule) -> dict[str, Any]:
    why, fix = general(rule)
    return {
        "id": code,
        "shortDescription": {"text": code.replace("_", " ").capitalize()},
        "fullDescription": {"text": why},
        "help": {"text": fix},
        "defaultConfiguration": {"level": "error"},
    }


def _result(findings: Findings, problem: Problem, indices: dict[str, int], region: dict[str, int]) -> dict[str, Any]:
    known = {"ruleIndex": indices[problem.code]} if problem.code in indices else {}
    place = {"artifactLocation": {"uri": _uri(findings.file)}, "region": region}
    return {
        "ruleId": problem.code,
        **known,
        "level": "warning" if problem.warns else "error",
        "message": {"text": f"{problem.where}: {problem}"},
        "locations": [{"physicalLocation": place}],
    }


def _notices(files: Sequence[Findings]) -> list[dict[str, Any]]:
    left = sum(len(findings.problems) for findings in files) - MOST
    told = [f"{findings.file}: {note}" for findings in files for note in findings.notes]
    if left > 0:
        told.append(f"{count(left, 'problem')} more; the first {MOST:,} are in the results.")
    refused = [" ".join(findings.absent) for findings in files if findings.refused]
    levels = [*(("error", text) for text in refused), *(("note", text) for text in told)]
    return [{"level": level, "message": {"text": text}} for level, text in levels]


def _uri(file: str) -> str:
    """A relative path stays relative: where it starts is for the reader of the report to know."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
