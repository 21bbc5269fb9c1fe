"""What this process counts of its own work, for `/metrics`. It begins at nothing with each start.

Labels come from the code (routes, jobs, actions), never from what somebody typed: so there are never too many.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SLOW = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)

requests = Counter("jellystone_http_requests", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
request_seconds = Histogram(
    "jellystone_http_request_duration_seconds",
    "Time from a request's first byte to the end of its answer.",
    ["method", "route"],
    buckets=QUICK,
    registry=REGISTRY,
)
requests_open = Gauge("jellystone_http_requests_in_progress", "Requests being answered now.", registry=REGISTRY)
leading = Gauge("jellystone_leader", "1 in the replica that does the periodic jobs.", registry=REGISTRY)
job_seconds = Histogram(
    "jellystone_job_duration_seconds", "Time that a round of a job took.", ["job"], buckets=SLOW, registry=REGISTRY
)
job_failures = Counter("jellystone_job_failures", "Rounds of a job that failed.", ["job"], registry=REGISTRY)
job_success = Gauge(
    "jellystone_job_last_success_timestamp_seconds", "When a round of a job last went well.", ["job"], registry=REGISTRY
)
provisioning_seconds = Histogram(
    "jellystone_provisioning_duration_seconds",
    "Time to bring a server to what our rows say.",
    ["object"],
    buckets=SLOW,
    registry=REGISTRY,
)
provisioning_failures = Counter(
    "jellystone_provisioning_failures", "Attempts that did not succeed.", ["object", "problem"], registry=REGISTRY
)
mails = Counter(
    "jellystone_mail_attempts", "Attempts to hand a mail to the mail server.", ["outcome"], registry=REGISTRY
)
events = Counter(
    "jellystone_events",
    "Entries of the record by what was done: `signed in`, `failed to sign in`, `created`, `was refused` …",
    ["action", "object"],
    registry=REGISTRY,
)
