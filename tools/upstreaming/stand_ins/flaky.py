"""Stands in for the package flaky, which a few of Keras's tests import to be tried again."""


def flaky(test=None, **options):
    """Return the test itself: a test that fails here once has failed."""
    return (lambda given: given) if test is None else test
