"""An exported model is served over a real socket, and runs in onnxruntime as the README says."""

from __future__ import annotations

import re
import select
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from kshim import layers as L
from kshim.export.onnx import to_onnx
from kshim.models.model import Model
from kshim.models.sequential import Sequential

ROOT = Path(__file__).resolve().parents[1]
SERVICE = ROOT / "compat_cases" / "deploy" / "service.py"
IMAGES = np.random.default_rng(0).random((40, 6, 5, 2)).astype("float32")


@pytest.fixture(scope="module")
def model() -> Model:
    """Return the model of images."""
    image = L.Input((6, 5, 2), name="image")
    seen = L.Flatten()(L.Conv2D(4, 3, activation="relu")(image))
    return Model(image, L.Dense(3, activation="softmax", name="label")(seen))


@pytest.fixture(scope="module")
def client(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Serve the model of images, and return a client of that."""
    file = tmp_path_factory.mktemp("served") / "images.onnx"
    to_onnx(model, file, verbose=False)
    with _served(file, "--wait", "300", "--most", "16") as client:
        yield client


def test_health_tells_what_the_model_takes_and_gives(client: httpx.Client) -> None:
    told = client.get("/health").json()
    assert told["status"] == "ok"
    assert told["model"] == "images.onnx"
    assert told["inputs"] == {"image": {"shape": ["batch", 6, 5, 2], "type": "float32"}}
    assert told["outputs"] == {"label": {"shape": ["batch", 3], "type": "float32"}}


@pytest.mark.parametrize("count", [1, 5, 16])
def test_a_request_is_answered_by_what_the_model_predicts(
    client: httpx.Client, model: Model, count: int
) -> None:
    found = _predicted(client, IMAGES[:count])
    np.testing.assert_allclose(found, model.predict(IMAGES[:count]), atol=1e-5)


def test_requests_at_the_same_time_are_computed_together_and_get_their_own(
    client: httpx.Client, model: Model
) -> None:
    before = client.get("/health").json()
    with ThreadPoolExecutor(20) as pool:
        parts = [IMAGES[place : place + 2] for place in range(0, 40, 2)]
        found = list(pool.map(lambda part: _predicted(client, part), parts))
    np.testing.assert_allclose(np.concatenate(found), model.predict(IMAGES), atol=1e-5)
    after = client.get("/health").json()
    assert after["requests"] - before["requests"] == 20
    assert after["runs"] - before["runs"] < 20
    assert 2 < after["largest"] <= 16


@pytest.mark.parametrize(
    ("inputs", "sentences"),
    [
        ({"image": IMAGES[0].tolist()},
         ["input 'image' must be of shape (batch, 6, 5, 2), got (6, 5, 2)."]),
        ({"image": IMAGES[:2, :5].tolist()},
         ["input 'image' must be of shape (batch, 6, 5, 2), got (2, 5, 5, 2)."]),
        ({"image": [[1.0, 2.0], [3.0]]},
         ["input 'image' must be of shape (batch, 6, 5, 2), got lists of unequal lengths."]),
        ({"image": []}, ["input 'image' must be of shape (batch, 6, 5, 2), got (0,)."]),
        ({"image": "words"}, ["input 'image' must hold numbers, got something else."]),
        ({"image": IMAGES[:17].tolist()}, ["inputs must hold 16 samples at most, got 17."]),
        ({"picture": []},
         ["input 'image' must be given, of shape (batch, 6, 5, 2).",
          "input 'picture' must be one of image."]),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(
    client: httpx.Client, inputs: dict[str, Any], sentences: list[str]
) -> None:
    answer = client.post("/predict", json={"inputs": inputs})
    assert answer.status_code == 422
    assert answer.json()["detail"] == sentences


def test_what_is_no_request_is_told_and_the_service_goes_on(client: httpx.Client) -> None:
    assert client.post("/predict", content=b"{").status_code == 422
    assert client.post("/predict", json={}).status_code == 422
    assert client.get("/predict").status_code == 405
    assert client.get("/health").status_code == 200


def test_words_of_several_lengths_and_one_that_is_not_in_the_table(tmp_path: Path) -> None:
    words = L.Input((None,), name="words", dtype="int32")
    model = Sequential([words, L.Embedding(9, 4), L.GRU(3), L.Dense(2, name="label")])
    to_onnx(model, tmp_path / "words.onnx", input_names=["words"], verbose=False)
    source = np.random.default_rng(1)
    asked = [source.integers(0, 9, (1 + place % 3, 3 + place % 2)) for place in range(8)]
    with (
        _served(tmp_path / "words.onnx", "--wait", "300") as client,
        ThreadPoolExecutor(9) as pool,
    ):
        bad = pool.submit(client.post, "/predict", json={"inputs": {"words": [[1, 2, 99]]}})
        found = list(pool.map(lambda each: _predicted(client, each, "words"), asked))
        for array, each in zip(found, asked, strict=True):
            np.testing.assert_allclose(array, model.predict(each), atol=1e-5)
        assert bad.result().status_code == 422
        assert "must be able to compute the inputs" in bad.result().json()["detail"]
        half = client.post("/predict", json={"inputs": {"words": [[1.5, 2]]}})
        assert "must hold whole numbers" in half.json()["detail"][0]


def test_a_model_for_one_sample_takes_one_and_null_stands_for_no_number(tmp_path: Path) -> None:
    features = L.Input((2,), name="features")
    model = Model(features, L.Lambda(lambda x: x.log(), name="logs")(features))
    to_onnx(model, tmp_path / "one.onnx", dynamic=False, verbose=False)
    with _served(tmp_path / "one.onnx") as client:
        answer = client.post("/predict", json={"inputs": {"features": [[1.0, 0.0]]}})
        assert answer.json() == {"outputs": {"logs": [[0.0, None]]}}
        answer = client.post("/predict", json={"inputs": {"features": [[1, 2], [3, 4]]}})
        assert answer.json()["detail"] == ["input 'features' must be of shape (1, 2), got (2, 2)."]


def test_more_requests_than_may_wait_are_turned_away(model: Model, tmp_path: Path) -> None:
    to_onnx(model, tmp_path / "m.onnx", verbose=False)
    options = ("--queue", "1", "--most", "2", "--wait", "400")
    with _served(tmp_path / "m.onnx", *options) as client, ThreadPoolExecutor(24) as pool:
        ask = {"inputs": {"image": IMAGES[:2].tolist()}}
        answers = list(pool.map(lambda _: client.post("/predict", json=ask), range(24)))
    codes = {answer.status_code for answer in answers}
    assert codes <= {200, 503}
    assert 200 in codes
    for answer in answers:
        if answer.status_code == 503:
            assert answer.headers["retry-after"] == "1"


def test_the_lines_in_the_readme_run(model: Model, tmp_path: Path) -> None:
    to_onnx(model, tmp_path / "model.onnx", verbose=False)
    np.save(tmp_path / "x.npy", IMAGES)
    text = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- onnxruntime -->\n\n((?: {4}.*\n|\n)+)", text)
    assert found is not None
    code = re.sub(r"^ {4}", "", found[1], flags=re.MULTILINE)
    assert len(code.strip().splitlines()) <= 10
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code + "\nnumpy.save('y.npy', outputs['label'])"],
        cwd=tmp_path, timeout=120, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "label (40, 3)" in ran.stdout
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), model.predict(IMAGES), atol=1e-5)


@contextmanager
def _served(file: Path, *options: str) -> Iterator[httpx.Client]:
    """Run the service as a program of its own, without kshim in reach."""
    command = [sys.executable, "-I", "-B", str(SERVICE), str(file), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            assert service.stdout is not None
            assert select.select([service.stdout], [], [], 120)[0], "the service does not start"
            address = service.stdout.readline().rpartition(" at ")[2].strip()
            # No proxy of the machine's stands between.
            with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
                yield client
        finally:
            service.terminate()
            try:
                service.wait(30)
            except subprocess.TimeoutExpired:
                service.kill()


def _predicted(client: httpx.Client, array: np.ndarray, name: str = "image") -> np.ndarray:
    answer = client.post("/predict", json={"inputs": {name: array.tolist()}})
    assert answer.status_code == 200, answer.text
    return np.array(answer.json()["outputs"]["label"])
