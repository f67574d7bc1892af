"""Every recorded layer case, replayed: what real Kerases computed is what kshim computes.

Each case runs in the era of the Keras that was recorded, once eagerly (the layer called on
tensors) and once through a functional model that was lowered. A layer that does not exist yet is
an expected failure for as long as it is missing.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim import layers
from kshim.core import settings
from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.core.texts import as_texts
from kshim.layers.base import LAYERS
from kshim.models.model import Model
from kshim.models.sequential import Sequential
from kshim.saving.dialects import read_config
from tests.recorded import CASES, Recorded, recorded

# Keras 1's rows speak its words; kshim says once what they are called today.
pytestmark = pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")

RELATIVE, ABSOLUTE = 1e-5, 1e-6
# A half number has three digits.
HALF_RELATIVE, HALF_ABSOLUTE = 2e-3, 2e-4

_UNSEEN = (
    "the gradients of torch's kernel, which Keras 3 calls, are wrong where a query sees no key"
)
# Known differences: the case as it is printed, and why it cannot be the same.
KNOWN: dict[str, str] = {
    "multi_head_attention_query_masked-3": _UNSEEN,
    "multi_head_attention_both_masked-3": _UNSEEN,
    "multi_head_attention_causal_masked-3": _UNSEEN,
}
_OF_TEXTS = (
    "Keras 3 tells of texts that are not yet split one axis more, or no number, than it makes"
)
# The same, where only the shape that Keras declares is not the shape of what it computed.
KNOWN_SHAPES: dict[str, str] = {
    "depthwiseconv_2d_dilated_valid-2.2": "Keras 2.2 tells the shape of a kernel without gaps",
    "einsum_dense_ellipsis_rank_4-2.15": "Keras swaps an ellipsis's axes in the shape it tells",
    "einsum_dense_ellipsis_rank_4-3": "Keras swaps an ellipsis's axes in the shape it tells",
    "rnn_list_state-3": "Keras nests the shapes of the states by cell, too",
    "multi_head_attention_scores-3": "Keras tells scores of (queries, queries)",
    **dict.fromkeys(
        (f"text_vectorization_{name}-3-tensorflow" for name in (
            "count", "learned_count", "learned_tf_idf", "multi_hot", "padded", "tf_idf", "whole",
        )),
        _OF_TEXTS,
    ),
}  # fmt: skip
# Rows of a vocabulary: Keras 3 tells float32 of them, and makes int64 all the same; kshim makes
# what is told, for a layer behind computes on floats.
ROWS_TOLD_FLOAT = frozenset(
    f"{name}-3-tensorflow" for name in (
        "integer_lookup_count", "integer_lookup_multi_hot", "integer_lookup_one_hot",
        "string_lookup_count", "string_lookup_multi_hot", "string_lookup_one_hot",
        "string_lookup_padded", "text_vectorization_count", "text_vectorization_learned_count",
        "text_vectorization_multi_hot", "text_vectorization_padded",
    )
)  # fmt: skip
# Cases that agree less closely, how closely, and why.
_VARIANCE = "Keras 3 takes variances as the mean square less the squared mean, which loses digits"
LOOSER: dict[str, tuple[float, str]] = {
    "group_normalization_rank_2-3": (1e-3, _VARIANCE),
    "group_normalization_default-3": (1e-3, _VARIANCE),
}


def _is_missing(value: Any) -> list[str]:
    """Return the layer classes in a description that kshim has not (yet)."""
    if isinstance(value, Mapping) and "class_name" in value:
        name = value["class_name"]
        here = [] if name == "Sequential" or name in LAYERS.names() else [name]
        return here + _is_missing(list(value["arguments"].values()))
    if isinstance(value, list):
        return [name for item in value for name in _is_missing(item)]
    return []


def _ran(case: Recorded) -> bool:
    """Return whether the real Keras could run the case here, not only build it."""
    return "unrun" not in case.spec


def _rows(
    wanted: Callable[[Recorded], bool] = lambda case: True, known: Mapping[str, str] = KNOWN
) -> list[Any]:
    return [
        pytest.param(case, id=str(case), marks=_marks(case, known))
        for case in recorded("layers")
        if wanted(case)
    ]


def _marks(case: Recorded, known: Mapping[str, str]) -> list[Any]:
    missing = _is_missing(case.spec)
    if missing:
        return [pytest.mark.xfail(run=False, reason=f"not yet: {missing[0]}")]
    if str(case) in known:
        return [pytest.mark.xfail(strict=True, reason=known[str(case)])]
    return []


@pytest.fixture(autouse=True)
def era(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run as the Keras of the case ran."""
    with as_recorded(request.getfixturevalue("case")):
        yield


@contextmanager
def as_recorded(case: Recorded) -> Iterator[None]:
    """Put era and settings of a case in force, with the layer names counted from the start."""
    forget_names()
    floatx, channels = settings.floatx(), settings.image_data_format()
    settings.set_floatx(case.spec.get("floatx", floatx))
    settings.set_image_data_format(case.spec.get("image_data_format", channels))
    with in_era(case.era):
        yield
    settings.set_image_data_format(channels)
    settings.set_floatx(floatx)
    forget_names()


@pytest.mark.parametrize("case", _rows(_ran))
def test_layer_on_tensors_computes_what_keras_computed(case: Recorded) -> None:
    layer, run = _eagerly(case)
    _load(layer, case)
    _compare_calls(case, layer, run)


@pytest.mark.parametrize("case", _rows(lambda case: "learned" in case.spec))
def test_layer_learns_what_keras_learned(case: Recorded) -> None:
    layer, _ = _eagerly(case)
    if hasattr(layer, "get_vocabulary"):
        assert layer.get_vocabulary() == case.spec["learned"]
    else:
        np.testing.assert_allclose(layer.bin_boundaries, case.spec["learned"], rtol=RELATIVE)


@pytest.mark.parametrize("case", _rows(_ran))
def test_lowered_model_computes_what_keras_computed(case: Recorded) -> None:
    layer, run = _lowered(case)
    _load(layer, case)
    _compare_calls(case, layer, run)


@pytest.mark.parametrize("case", _rows(known=KNOWN_SHAPES))
def test_layer_has_the_weights_and_shapes_keras_told(case: Recorded) -> None:
    layer, model = _model(case)
    spec = case.spec
    named = "own_code" not in spec  # Keras numbers what a module of torch names
    told = [(row["name"] * named, tuple(row["shape"]), row["trainable"]) for row in spec["weights"]]
    learning = {id(weight) for weight in layer.trainable_weights}
    found = [
        (_word(weight.name) * named, tuple(weight.shape), id(weight) in learning)
        for weight in layer.weights
    ]
    if "learned" not in spec:
        assert found == told
    for row, value in zip(spec["weights"], layer.get_weights(), strict=True):
        if row["initial"] is not None:
            np.testing.assert_array_equal(value, np.broadcast_to(row["initial"], value.shape))
    # Keras 1 told no shape of symbols: what was recorded there is TensorFlow's own.
    if spec["symbol_shape"] is not None and case.era != "1.2":  # and no transposed arrays
        assert [list(symbol.shape) for symbol in model.outputs] == spec["symbol_shape"]
    if spec["output_shape"] is not None:
        shapes = [symbol.shape for symbol in _fed(case, model.inputs)]
        given = shapes if "separate" in spec else [layer.input_shape]
        assert _shapes(layer.compute_output_shape(*given)) == spec["output_shape"]


@pytest.mark.parametrize("case", _rows(lambda case: bool(case.spec.get("config"))))
def test_layer_is_made_from_the_config_keras_wrote(case: Recorded) -> None:
    written = {"class_name": case.spec["class_name"], "config": case.spec["config"]}
    made = LAYERS.make(read_config(written))
    _called_on_symbols(case, made)
    assert made.name == "tested"
    told = [tuple(row["shape"]) for row in case.spec["weights"]]
    assert [tuple(weight.shape) for weight in made.weights] == told


@pytest.mark.parametrize("case", _rows(lambda case: "train" in case.spec))
@pytest.mark.parametrize("lowered", [False, True], ids=["tensors", "lowered"])
def test_training_gives_the_outputs_and_statistics_keras_gave(
    case: Recorded, lowered: bool
) -> None:
    make = _lowered if lowered else _eagerly
    layer, run = make(case)
    _load(layer, case)
    _compare_outputs(case, run, "training_", training=True)
    _load(layer, case)
    _compare_gradients(case, layer, run, "training_", training=True)
    layer, run = make(case)  # a fresh one: some count the batches they have seen
    _load(layer, case)
    for batch in range(case.spec["train"]):
        before = f"batch_{batch}_" if batch else ""
        run([torch.as_tensor(value) for value in case.numbered(before + "input")], True)
        told = case.numbered(f"after_batch_{batch}_weight")
        for weight, value, wanted in zip(layer.weights, layer.get_weights(), told, strict=True):
            _same(value, wanted, f"{weight.name} after batch {batch}")


@pytest.mark.parametrize("case", _rows(lambda case: "fixed" in case.spec))
@pytest.mark.parametrize("lowered", [False, True], ids=["tensors", "lowered"])
def test_training_that_leaves_nothing_to_chance_gives_what_keras_gave(
    case: Recorded, lowered: bool
) -> None:
    layer, run = (_lowered if lowered else _eagerly)(case)
    _load(layer, case)
    _compare_outputs(case, run, "training_", training=True)


Run = Callable[[list[Tensor], bool], tuple[list[Tensor], list[Any]]]


def _model(case: Recorded) -> tuple[Any, Model]:
    """Return the layer of a case, and a model of inputs, masks and the layer."""
    layer = _made(case)
    return layer, _called_on_symbols(case, layer)


def _made(case: Recorded) -> Any:
    """Return the layer of a case, which has learned what it needs to know its shapes."""
    layer = make_layer(case.spec["class_name"], case.spec["arguments"], name="tested")
    if "adapt_data" in case.spec:
        layer.adapt(np.asarray(case.spec["adapt_data"]))
    return layer


def _called_on_symbols(case: Recorded, layer: Any) -> Model:
    fixed = "calls" in case.spec
    inputs = [
        layers.Input(batch_shape=shape, dtype=kind)
        if fixed
        else layers.Input(shape=shape[1:], dtype=kind)
        for shape, kind in zip(_told_shapes(case), _dtypes(case), strict=True)
    ]
    return Model(inputs, _call(case, layer, inputs))


def _told_shapes(case: Recorded) -> list[list[int | None]]:
    """Return the shapes of the inputs as the model is told them, unknown lengths None."""
    unknown = case.spec.get("unknown") or [[]] * len(case.spec["inputs"])
    return [
        [None if axis in axes else length for axis, length in enumerate(shape)]
        for shape, axes in zip(case.spec["inputs"], unknown, strict=True)
    ]


def _dtypes(case: Recorded) -> list[str | None]:
    """Return the dtypes the inputs are declared with, None where nothing is said."""
    kinds = case.spec.get("kinds") or ["float"] * len(case.spec["inputs"])
    plain = ["bool" if kind == "truth" else None for kind in kinds]
    return case.spec.get("input_dtypes") or plain


def _lowered(case: Recorded) -> tuple[Any, Run]:
    layer, model = _model(case)
    if "adapt" in case.spec:
        layer.adapt(case.arrays["adapt"])

    def run(inputs: list[Tensor], training: bool) -> tuple[list[Tensor], list[Any]]:
        model.train(training)
        outputs, masks, *_ = model.network.full(*inputs)
        return list(outputs), list(masks)

    return layer, run


def _eagerly(case: Recorded) -> tuple[Any, Run]:
    layer = _made(case)
    if "adapt" in case.spec:
        layer.adapt(case.arrays["adapt"])

    def run(inputs: list[Tensor], training: bool) -> tuple[list[Tensor], list[Any]]:
        outputs = _call(case, layer, inputs, training=training)
        flat = _flat(outputs)
        return flat, [getattr(output, "_keras_mask", None) for output in flat]

    layer.build_once(_bare([tuple(shape) for shape in _fed(case, case.spec["inputs"])]))
    return layer, run


def _call(case: Recorded, layer: Any, inputs: list[Any], **options: Any) -> Any:
    """Call the layer on symbols or tensors, behind the case's Masking layers."""
    spec = case.spec
    masked = spec.get("masked_inputs", [0]) if "masked_steps" in spec else []
    tensors = [
        layers.Masking(spec.get("mask_value", 0.0))(tensor) if place in masked else tensor
        for place, tensor in enumerate(inputs)
    ]
    states = spec.get("initial_state", [])
    if states:
        options["initial_state"] = [tensors[place] for place in states]
    options |= {word: tensors[place] for word, place in spec.get("keywords", {}).items()}
    fed = _fed(case, tensors)
    if spec.get("separate"):
        return layer(*fed, **spec.get("call", {}), **options)
    return layer(_bare(fed), **spec.get("call", {}), **options)


def make_layer(class_name: str, arguments: Mapping[str, Any], **more: Any) -> Any:
    """Return a layer from its arguments, those that are layers themselves made the same way."""
    made = {key: _argument(value) for key, value in arguments.items()}
    if class_name == "Sequential":
        return Sequential(list(made["layers"]))
    return LAYERS.find(class_name)(**made, **more)


def _argument(value: Any) -> Any:
    if isinstance(value, Mapping) and "class_name" in value:
        return make_layer(value["class_name"], value["arguments"])
    if isinstance(value, Mapping) and "function" in value:
        return runpy.run_path(str(CASES / "cases" / "lambdas.py"))[value["function"]]
    if isinstance(value, Mapping) and "torch" in value:
        given = [_argument(item) for item in value["given"]]
        return getattr(torch.nn, value["torch"])(*given, **value["words"])
    return tuple(_argument(item) for item in value) if isinstance(value, list) else value


def _fed(case: Recorded, values: list[Any]) -> list[Any]:
    """Return the values that are inputs, without initial states and what goes by a keyword."""
    aside = [*case.spec.get("initial_state", []), *case.spec.get("keywords", {}).values()]
    return [value for place, value in enumerate(values) if place not in aside]


def _load(layer: Any, case: Recorded) -> None:
    """Give the layer the recorded weights; one that adapted must have them already."""
    if "learned" in case.spec:
        return
    if "adapt" not in case.spec:
        layer.set_weights(case.weights)
    for weight, value, wanted in zip(layer.weights, layer.get_weights(), case.weights, strict=True):
        _same(value, wanted, weight.name)


def _compare_calls(case: Recorded, layer: Any, run: Run) -> None:
    for turn in range(case.spec.get("calls", 1)):
        _compare_outputs(case, run, f"call_{turn}_" if turn else "")
    if case.directions:
        _compare_gradients(case, layer, run)


def _compare_outputs(case: Recorded, run: Run, before: str = "", training: bool = False) -> None:
    given = case.inputs if training else case.numbered(before + "input")
    outputs, masks = run([_fed_as(value) for value in given], training)
    for output, wanted in zip(outputs, case.numbered(before + "output"), strict=True):
        _same(output, wanted, "outputs")
        if isinstance(output, Tensor):
            kind = "float32" if str(case) in ROWS_TOLD_FLOAT else wanted.dtype
            assert str(output.dtype) == f"torch.{kind}"
    for place, mask in enumerate(masks if not training else []):
        _compare_mask(mask, case.arrays.get(f"{before}mask_{place}"), len(masks) > 1)


def _compare_mask(mask: Any, wanted: np.ndarray | None, several: bool) -> None:
    if wanted is None:
        assert mask is None
    elif mask is not None or not several:
        np.testing.assert_array_equal(mask.numpy(), wanted)


def _compare_gradients(
    case: Recorded, layer: Any, run: Run, before: str = "", training: bool = False
) -> None:
    wanted_inputs = [
        case.arrays.get(f"{before}input_gradient_{place}") for place in range(len(case.inputs))
    ]
    wanted_weights = case.numbered(before + "weight_gradient")
    inputs = [
        _fed_as(value) if wanted is None else _fed_as(value).requires_grad_()
        for value, wanted in zip(case.inputs, wanted_inputs, strict=True)
    ]
    outputs, _ = run(inputs, training)
    directions = [torch.as_tensor(direction) for direction in case.directions]
    products = zip(outputs, directions, strict=True)
    total = sum((output * direction).sum() for output, direction in products)
    weights = layer.trainable_weights
    tensors = {id(t): t for weight in weights for t in weight.tensors if t.requires_grad}
    leaves = [value for value in inputs if getattr(value, "requires_grad", False)]
    leaves += tensors.values()
    if not leaves:
        return
    found = torch.autograd.grad(total, leaves, allow_unused=True)
    if len(weights) > len(wanted_weights):  # Keras tells nothing of weights that took no part
        part = {
            id(leaf) for leaf, gradient in zip(leaves, found, strict=True) if gradient is not None
        }
        weights = [weight for weight in weights if part & set(map(id, weight.tensors))]
    assert len(weights) == len(wanted_weights)
    found = tuple(
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(leaves, found, strict=True)
    )
    relative = LOOSER.get(str(case), (RELATIVE,))[0]
    largest = max((float(np.abs(wanted).max(initial=0.0)) for wanted in wanted_weights), default=0)
    by_leaf = {id(leaf): gradient for leaf, gradient in zip(leaves, found, strict=True)}
    for value, wanted in zip(inputs, wanted_inputs, strict=True):
        if wanted is not None:
            _same(by_leaf[id(value)], wanted, "gradients of the inputs", relative)
    for weight, wanted in zip(weights, wanted_weights, strict=True):
        parts = [by_leaf.get(id(tensor), torch.zeros_like(tensor)) for tensor in weight.tensors]
        _same(weight.to_keras(*parts), wanted, f"gradients of {weight.name}", relative, largest)


def _fed_as(value: np.ndarray) -> Any:
    """Return an array as models take it: numbers as a tensor, words as texts."""
    return as_texts(value) if value.dtype == object else torch.as_tensor(value)


def _same(
    found: Any, wanted: np.ndarray, what: str, relative: float = RELATIVE, largest: float = 1.0
) -> None:
    """Compare values; `largest` is the size of the terms that were summed up, where it is known."""
    values = found.detach().numpy() if isinstance(found, Tensor) else found
    assert values.shape == wanted.shape, what
    if wanted.dtype == object:
        assert values.tolist() == wanted.tolist(), what
        return
    # A sum that nearly cancels out keeps the rounding of its large terms.
    half = wanted.dtype == np.float16
    slack = HALF_ABSOLUTE if half else ABSOLUTE
    slack *= max(1.0, largest, float(np.abs(wanted).max(initial=0.0)))
    relative = HALF_RELATIVE if half else relative
    np.testing.assert_allclose(values, wanted, rtol=relative, atol=slack, err_msg=what)


def _flat(value: Any) -> list[Any]:
    """Return what lists hold, those inside them too; else a list of the value."""
    several = isinstance(value, list | tuple)
    return [one for entry in value for one in _flat(entry)] if several else [value]


def _word(name: str) -> str:
    return name.split("/")[-1].split(":")[0]


def _shapes(shapes: Any) -> list[list[int | None]]:
    """Return one shape, or several, as a list of lists."""
    several = shapes and isinstance(shapes[0], list | tuple)
    return [list(shape) for shape in (shapes if several else [shapes])]


def _bare(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
