"""Words that messages share."""

# Of the status codes that a service's problems have: RFC 9110 says the phrase, and http.HTTPStatus of older
# Pythons, the model's or the service's, an earlier one.
TITLE = {
    413: "Content Too Large",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


def counted(count: int, what: str) -> str:
    """ "1 sample", "2 samples"."""
    return "%d %s%s" % (count, what, "" if count == 1 else "s")
