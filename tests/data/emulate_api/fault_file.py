"""A fault that was there from the start."""

from face import control, redshift

redshift.describe_clusters()
answered = [(call["status"], call.get("error")) for call in control("GET", "calls")]
assert answered == [(400, "Throttling"), (200, None)], answered
