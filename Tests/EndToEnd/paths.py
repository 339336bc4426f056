"""The routes' paths, percent-encoded as a careful client does it."""

from urllib.parse import quote

from aws_answers import PROJECT_ARN


def conversion_path(request="conversion-1", project=PROJECT_ARN):
    return f"/projects/{quote(project, safe='')}/conversions/{quote(request, safe='')}"


def transfer_path(job="transfer-job-1"):
    return f"/transfer-jobs/{quote(job, safe='')}"
