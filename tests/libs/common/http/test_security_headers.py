from libs.common.http.security_headers import security_headers, with_security

ADDED = security_headers("http://127.0.0.1:8000")


def test_what_an_answer_says_of_itself_is_kept_and_told_once() -> None:
    own = [(b"referrer-policy", b"same-origin"), (b"cache-control", b"private, no-store")]
    assert with_security(own, ADDED) == [*own, (b"x-content-type-options", b"nosniff")]


def test_only_what_is_public_may_be_stored() -> None:
    public = (b"cache-control", b"public, max-age=60")
    assert public in with_security([public], ADDED)
    for value in (b"no-cache", b"max-age=60", b"private"):
        told = dict(with_security([(b"cache-control", value)], ADDED))
        assert told[b"cache-control"] == b"no-store"


def test_only_over_tls_a_browser_is_told_to_keep_to_it() -> None:
    assert (b"strict-transport-security", b"max-age=31536000") in security_headers("https://api.example/v1")
    for url in ("/", "http://api.example", "httpsx://"):
        assert b"strict-transport-security" not in dict(security_headers(url))
