"""How an architecture is described, and what makes a function of Keras's from the description.

A family is one file. It holds, for each of its architectures, a function that leads from the
symbol of a batch of images to that of their features, put together by the functions of
`blocks.py`, under the decorator `architecture`, which says the rest:

    @architecture("tiny", files=kernels(STORE + "tiny/", "tiny"), top=classes_of_means("top"))
    def Tiny(x: Symbol, asked: Asked) -> Symbol:
        '''One convolution.'''
        return relu(norm(conv(x, 8, 3, "conv", padding="same"), "bn"), "relu")

What a script then calls is `Tiny(include_top=True, weights="imagenet", ...)`: the decorator reads
the arguments in the order of the era in force, works out the shape of the images, makes the
input, calls the description, puts the top or the pooling on it, makes the model and reads the
weights. What differs between Kerases is `by_era(...)`, wherever a value stands here, and in the
description itself.

`asked` holds what the script says; arguments that an architecture has alone (`alpha`) are named
in `arguments` and `defaults`, and found in `asked.own`.
"""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from kshim import activations
from kshim.applications.blocks import pool_all
from kshim.applications.shapes import obtain_input_shape
from kshim.applications.stored import Stored, located
from kshim.backend.inspecting import is_keras_tensor
from kshim.core.eras import ByEra, by_era
from kshim.core.settings import image_data_format, in_data_format
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, UnexpectedArgument, nearest
from kshim.layers.core import Dense, Input
from kshim.models import Model
from kshim.utils.graphs import get_source_inputs
from kshim.utils.kernels import convert_all_kernels_in_model

_USUAL = "include_top weights input_tensor input_shape"
STANDARD = by_era(
    {
        "1.2": f"{_USUAL} classes",
        "2.0": f"{_USUAL} pooling classes",
        "2.15": f"{_USUAL} pooling classes classifier_activation",
        "3": f"{_USUAL} pooling classes classifier_activation name",
    }
)
DEFAULTS: Mapping[str, Any] = {
    "include_top": True, "weights": "imagenet", "input_tensor": None, "input_shape": None,
    "pooling": None, "classes": 1000, "classifier_activation": "softmax", "name": None,
}  # fmt: skip
# The package keras_applications was handed the modules of the Keras it was to work with.
_HANDED = by_era({"1.2": "", "2.2": "backend layers models utils", "2.15": ""})

_ARGUMENTS_DOC = """

    Args:
        include_top: whether the layers that tell classes stand on top.
        weights: "imagenet" for the trained ones, the path of a file, or None for new ones.
        input_tensor: a symbol to take for the images, or a tensor.
        input_shape: of one image, in the data format in force; None for the usual one.
        pooling: "avg" or "max" to end in one number a channel, where no top does.
        classes: how many classes the top tells.
        classifier_activation: of the last layer; None for numbers as they are.
        name: of the model.

    Shapes:
        x: (batch, rows, columns, channels), or channels first; y: (batch, classes), or with
        pooling (batch, channels), or else the images of features.

    Returns:
        The model.

    Raises:
        ArgumentError: for what does not fit together.
        FileError: the trained weights are not in the cache and cannot be fetched.

    Not every Keras had every argument; the order is that of the era in force.
"""


@dataclass(frozen=True)
class Asked:
    """Hold what a script asks an architecture for; `own` has the arguments it has alone."""

    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int
    classifier_activation: Any
    name: str | None
    own: Mapping[str, Any] = field(default_factory=dict)


Part = Callable[[Symbol, Asked], Symbol]


@dataclass(frozen=True)
class Architecture:
    """Hold what there is to know of an architecture.

    Any value may be `by_era(...)` of such values; `name`, `size` and `files` may be functions of
    what was asked.

    Args:
        name: of the model.
        body: from images to features.
        top: from features to classes.
        files: which file has the trained weights.
        arguments: the words a script may say, in order.
        defaults: of the words that are not in `DEFAULTS`, or differ.
        size, least: rows and columns of images as a rule, and at least.
        flattens: whether the top asks for images of a known size; "always" without it too.
        pooled: names of the layers for pooling="avg" and "max".
        trained: the words for trained weights, and which set of them each means.
        images_last: whether it takes images with channels last alone, whatever is in force.
        shape: the only shape that it takes, as a function of what was asked.
        closing: what stands behind the features, pooled or not, where no top does.
        check: refuses arguments that do not fit together.
    """

    called: str
    name: Any
    body: Any
    top: Any
    files: Any
    arguments: Any = STANDARD
    defaults: Mapping[str, Any] = field(default_factory=dict)
    size: Any = 224
    least: Any = 32
    flattens: Any = True
    pooled: Any = (None, None)
    trained: Mapping[str, str] = field(default_factory=lambda: {"imagenet": "imagenet"})
    images_last: Any = False
    shape: Callable[[Asked], tuple[int | None, ...]] | None = None
    closing: Callable[[Symbol], Symbol] | None = None
    check: Callable[[Asked], None] | None = None

    def __call__(self, *args: Any, **words: Any) -> Model:
        """Return the model that was asked for."""
        if not here(self.images_last) or image_data_format() == "channels_last":
            return self.model(args, words)
        warnings.warn(
            f"{self.called}: takes images with channels last alone, also where "
            f"image_data_format is {image_data_format()!r}.", stacklevel=3,
        )  # fmt: skip
        with in_data_format("channels_last"):
            return self.model(args, words)

    def model(self, args: tuple[Any, ...], words: Mapping[str, Any]) -> Model:
        """Return the model that was asked for, in the data format in force."""
        asked = self.shaped(self.asked(args, words))
        images = self.images(asked)
        features = here(self.body)(images, asked)
        ended = self.ended(features, asked)
        inputs = images if asked.input_tensor is None else get_source_inputs(images)
        model = Model(inputs, ended, name=asked.name or _told(self.name, asked))
        self.read(model, asked)
        return model

    def asked(self, args: tuple[Any, ...], words: Mapping[str, Any]) -> Asked:
        """Return the arguments of a call, by name, checked."""
        order = here(self.arguments).split()
        if len(args) > len(order):
            raise UnexpectedArgument(
                f"{self.called}: arguments must be at most {len(order)}, got {len(args)}."
            )
        given = dict(zip(order, args, strict=False))
        for word, value in words.items():
            if word in _HANDED.value().split():
                continue
            if word in given or word not in order:
                raise UnexpectedArgument(
                    f"{self.called}: keyword must be one of {', '.join(order)}, got {word!r}"
                    f"{' twice' if word in given else ''}.{nearest(word, order)}"
                )
            given[word] = value
        known = {**DEFAULTS, **self.defaults, **given}
        known["weights"] = _set_of(known["weights"], self.trained)
        asked = Asked(
            **{word: known.pop(word) for word in DEFAULTS},
            own={word: here(value) for word, value in known.items()},
        )
        self._check(asked)
        return asked

    def _check(self, asked: Asked) -> None:
        who, weights = self.called, asked.weights
        path = weights is not None and not self.is_trained(weights)
        if path and not (isinstance(weights, str | os.PathLike) and os.path.exists(weights)):
            wanted = f"None, {', '.join(map(repr, self.trained))} or the path of a file"
            raise ArgumentError("weights", wanted, weights, who=who)
        usual = {**DEFAULTS, **self.defaults}["classes"]
        if self.is_trained(weights) and asked.include_top and asked.classes != usual:
            raise ArgumentError(
                "classes", f"{usual} with weights={weights!r} and include_top=True", asked.classes,
                who=who, hint=" Pass include_top=False and put a top of your own on it.",
            )  # fmt: skip
        if asked.pooling and asked.pooling not in ("avg", "max"):
            raise ArgumentError("pooling", "None, 'avg' or 'max'", asked.pooling, who=who)
        if weights is not None and asked.include_top:
            check_activation(asked.classifier_activation, who)
        if self.check is not None:
            self.check(asked)

    def is_trained(self, weights: Any) -> bool:
        """Return whether a script asks for trained weights."""
        return isinstance(weights, str) and weights in self.trained

    def shaped(self, asked: Asked) -> Asked:
        """Return the same with the shape of one image worked out."""
        if self.shape is not None:
            return replace(asked, input_shape=self.shape(asked))
        flattens = here(self.flattens)
        shape = obtain_input_shape(
            asked.input_shape, _told(self.size, asked), here(self.least),
            require_flatten=flattens == "always" or bool(flattens and asked.include_top),
            weights=asked.weights, who=self.called,
        )  # fmt: skip
        return replace(asked, input_shape=shape)

    def images(self, asked: Asked) -> Symbol:
        """Return the symbol of the images."""
        given = asked.input_tensor
        if given is None:
            return Input(shape=asked.input_shape)
        if is_keras_tensor(given):
            symbol: Symbol = given
            return symbol
        return Input(tensor=given, shape=asked.input_shape)

    def ended(self, features: Symbol, asked: Asked) -> Symbol:
        """Return what the model gives: classes, pooled features, or images of features."""
        if asked.include_top:
            classes: Symbol = here(self.top)(features, asked)
            return classes
        if asked.pooling:
            names = dict(zip(("avg", "max"), here(self.pooled), strict=True))
            features = pool_all(features, asked.pooling, names[asked.pooling])
        return features if self.closing is None else self.closing(features)

    def read(self, model: Model, asked: Asked) -> None:
        """Read the weights that were asked for."""
        if asked.weights is None:
            return
        if not self.is_trained(asked.weights):
            model.load_weights(asked.weights)
            return
        stored = self.file(asked)
        path = located(stored, f"{self.called}: weights={asked.weights!r}")
        model.load_weights(str(path), by_name=stored.by_name)
        if stored.turned:
            convert_all_kernels_in_model(model)

    def file(self, asked: Asked) -> Stored:
        """Return the file of the trained weights."""
        stored: Stored = here(self.files)(asked)
        return stored


def architecture(name: Any, **words: Any) -> Callable[[Part], Callable[..., Model]]:
    """Return a decorator that makes of a description the function that scripts call.

    Args:
        name: of the model.
        words: the other arguments of `Architecture`.
    """

    def decorate(body: Part) -> Callable[..., Model]:
        return made(body.__name__, name, body, body.__module__, body.__doc__ or "", **words)

    return decorate


def made(
    called: str, name: Any, body: Any, module: str, doc: str, **words: Any
) -> Callable[..., Model]:
    """Return the function that scripts call, for a body that is not under the decorator."""
    whole = Architecture(called, name, body, **words)

    def function(*args: Any, **given: Any) -> Model:
        return whole(*args, **given)

    function.__name__ = function.__qualname__ = called
    function.__module__ = module
    function.__doc__ = doc.rstrip() + _ARGUMENTS_DOC
    function.__signature__ = _signature(whole)  # type: ignore[attr-defined]
    function.architecture = whole  # type: ignore[attr-defined]
    return function


def here(value: Any) -> Any:
    """Return what a value is in the era in force."""
    return value.value() if isinstance(value, ByEra) else value


def check_activation(activation: Any, who: str) -> None:
    """Refuse an activation of the last layer that trained weights were not made for.

    Raises:
        ArgumentError: for any but softmax and None.
    """
    allowed = (activations.get("softmax"), activations.get(None))
    if activations.get(activation) not in allowed:
        wanted = "'softmax' or None with trained weights"
        raise ArgumentError("classifier_activation", wanted, activation, who=who)


def classes_of(name: Any) -> Part:
    """Return a top of one dense layer."""

    def top(x: Symbol, asked: Asked) -> Symbol:
        return Dense(asked.classes, activation=asked.classifier_activation, name=here(name))(x)

    return top


def classes_of_means(name: Any, pooled: str | None = "avg_pool") -> Part:
    """Return a top that takes the mean of each channel, and one dense layer behind it."""
    last = classes_of(name)

    def top(x: Symbol, asked: Asked) -> Symbol:
        return last(pool_all(x, "avg", pooled), asked)

    return top


def _set_of(weights: Any, trained: Mapping[str, str]) -> Any:
    """Return the set of trained weights that a word means, or what else was given."""
    return trained.get(weights, weights) if isinstance(weights, str) else weights


def _told(value: Any, asked: Asked) -> Any:
    """Return what a value is in the era in force, and for what was asked."""
    found = here(value)
    return found(asked) if callable(found) else found


def _signature(whole: Architecture) -> inspect.Signature:
    """Return the arguments as the newest Keras that has them orders them."""
    rows = whole.arguments.values.values() if isinstance(whole.arguments, ByEra) else ()
    words = ([*rows] or [whole.arguments])[-1].split()
    make = partial(inspect.Parameter, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    known = {**DEFAULTS, **whole.defaults}
    return inspect.Signature([make(word, default=here(known[word])) for word in words])
