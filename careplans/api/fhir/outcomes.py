"""Every refusal as an OperationOutcome, with the sentence that the rest of the API would say."""

from collections.abc import Sequence
from typing import Any

from careplans.api.fhir.datatypes import Resource

CODES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 406: "not-supported",
    409: "conflict", 413: "too-long", 415: "not-supported", 422: "processing", 429: "throttled",
}  # fmt: skip


def outcome(code: str, texts: Sequence[str], *, severity: str = "error") -> Resource:
    issues = [{"severity": severity, "code": code, "details": {"text": text}, "diagnostics": text} for text in texts]
    return {"resourceType": "OperationOutcome", "issue": issues}


def from_problem(status: int, problem: Any) -> Resource:
    """`problem` is a refusal of the API: `{"type": …, "errors": [{"code", "detail", "attr"}]}`."""
    errors = problem.get("errors", []) if isinstance(problem, dict) else []
    texts = [f"{error['attr']}: {error['detail']}" if error.get("attr") else str(error["detail"]) for error in errors]
    return outcome(CODES.get(status, "exception"), texts or ["This cannot be answered."])
