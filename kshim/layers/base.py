"""Layer: what every layer is, whether kshim's or the user's own.

A layer called on symbols records a node; called on tensors or arrays it computes. Its weights are
made by `build`, once, when the shape of its input is first known.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim import regularizers
from kshim.core.arguments import Declared
from kshim.core.checks import optional, text, true_or_false
from kshim.core.eras import current_era, in_era, rule
from kshim.core.names import name_of_class, unique_name
from kshim.core.policies import (
    Policy,
    as_policy,
    global_policy,
    is_half_about,
    mixed_of,
    policy_config,
)
from kshim.core.registry import Registry
from kshim.core.settings import FLOATS, floatx, in_phase, learning_phase
from kshim.core.shapes import Shape, as_shape, is_shape
from kshim.core.symbols import Node, Symbol, map_symbols, symbols_in
from kshim.core.tracing import Measured, active_tracing, collected_losses, collecting_losses
from kshim.errors import ArgumentError, MaskError, UnexpectedArgument, nearest
from kshim.layers.augmented import make_new_tensors_in
from kshim.layers.explaining import explaining
from kshim.layers.handing import (
    any_mask,
    as_tensors,
    carried_masks,
    carrying,
    holds_tensors,
    listed,
    shapes_of,
    spread,
    symbol_shapes,
    tell_phase,
)
from kshim.layers.history import History, on_symbols
from kshim.layers.holding import Holder
from kshim.layers.inference import infer
from kshim.layers.inputs import Taken, check_one, check_words, is_own, only_inputs, taken_by
from kshim.layers.making import finished
from kshim.layers.seeds import take_seeds
from kshim.layers.shown_shapes import teach_shapes
from kshim.layers.spec import check_specs
from kshim.layers.words import COMMON, batch_shape, checked, dtype_name
from kshim.nn.casting import cast_floats, working_in

LAYERS = Registry("layer")

_SHAPE_WORDS = ("get_output_shape_for", "compute_output_shape")


class Layer(Declared, History):
    """Compute something of tensors, with weights of its own.

    To make one: `build(input_shape)` makes the weights (`add_weight`), `call(inputs)` computes,
    `compute_output_shape(input_shape)` says the shape (it is found by a trial run if left out),
    and `get_config` gives the constructor's arguments.

    Shapes:
        what `call` takes and gives; `compute_output_shape` tells the second of the first

    Args:
        name: unique in a model; made from the class's name when left out.
        trainable: whether training may change the weights.
        dtype: the type of the weights; or a policy, such as "mixed_float16" (core/policies.py).
        input_shape: of one sample, for the first layer of a Sequential; `input_dim=n` is
            `input_shape=(n,)`, and `batch_input_shape` counts the batch too.
        weights: initial values, as `set_weights` takes them.

    Source: Keras 2.2.4 engine/base_layer.py; tf.keras 2.15 for what later scripts ask for.
    """

    batch_input_shape: Shape | None
    dtype: str | None
    input_dtype: str | None  # of the input that a first layer asks for; Keras 1's word
    era: str
    stateful: bool
    activity_regularizer: Any
    _losses: list[Any]
    _tells_losses: bool  # whether they take the place of the symbols
    _mixed: Policy | None
    _initial_weights: Any
    _checked_shapes: Any

    call_words: ClassVar[frozenset[str]] = frozenset({"args", "kwargs"})
    inputs_taken: ClassVar[Taken | None] = None
    keras_module: ClassVar[str] = "keras.layers"  # where files say that the class is
    keras_names: ClassVar[Any] = None  # the class's names by era, where they are not its own
    input_spec: Any = None
    made_at_once: Symbol | None = None  # what Keras 1's Merge makes of the layers it is given
    supports_masking = False
    autocasts = True  # inputs of floats come in the type that the policy computes in
    needs_float32 = False  # even where the policy computes in half precision, as Keras does
    assigns_to_tensors = False  # by `x += y` in a method (layers/augmented.py)
    build_makes_weights = True  # a model's makes its graph
    keeps_dtype = False  # outputs have the type of the inputs, whole numbers too

    def __init_subclass__(cls, **options: Any) -> None:
        """Collect the declared arguments, and note what `call` asks for.

        The shape of the outputs is told under Keras 1's name or today's: one stands for both.
        """
        super().__init_subclass__(**options)
        for name, other in (_SHAPE_WORDS, _SHAPE_WORDS[::-1]):
            if name in vars(cls) and other not in vars(cls):
                setattr(cls, other, vars(cls)[name])
        if not is_own(cls) and make_new_tensors_in(cls):
            cls.assigns_to_tensors = True
        if "build" in vars(cls):
            cls.build = finished(cls.build)  # type: ignore[method-assign]
        if "call" in vars(cls):
            cls.call = on_symbols(cls.call)  # type: ignore[method-assign]
        cls.call_words = frozenset(inspect.signature(cls.call).parameters)
        cls.inputs_taken = taken_by(cls.call)
        if "training" in cls.call_words and "acts_otherwise_in_training" not in vars(cls):
            cls.acts_otherwise_in_training = True

    def __new__(cls, *args: Any, **kwargs: Any) -> Layer:
        """Ready the torch module: old scripts set sublayers before `super().__init__()`."""
        layer = super().__new__(cls)
        layer.ready()
        layer.inbound_nodes = []
        layer.stateful = False
        layer.name = ""
        layer.dtype = layer.input_dtype = layer._mixed = None
        layer.era = current_era()
        layer._losses = []
        layer._tells_losses = False
        layer._noted = {}
        layer._initial_weights = None
        layer._checked_shapes = None
        layer.batch_input_shape = None
        layer.activity_regularizer = None
        return layer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the common arguments, then the declared ones."""
        own = self.arguments
        given = self._by_word(args, kwargs) if own else kwargs
        common = {key: given.pop(key) for key in COMMON if key in given and key not in own}
        if own:
            self._keep_arguments(given)
        elif args or given:
            unknown = next(iter(given), "a positional argument")
            raise UnexpectedArgument(
                f"{type(self).__name__}: keyword must be one of {', '.join(COMMON)}, "
                f"got {unknown!r}.{nearest(unknown, COMMON)}"
            )
        self._set_common(**common)

    def _set_common(
        self,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        weights: Any = None,
        activity_regularizer: Any = None,
        autocast: Any = None,
        dynamic: Any = None,
        **input_words: Any,
    ) -> None:
        who = type(self).__name__
        given = checked(who, "name", optional(text), name)
        self.name = given or unique_name(name_of_class(self.keras_name))
        self._trainable = checked(who, "trainable", true_or_false, trainable)
        self._mixed = mixed_of(dtype)
        self.dtype = self._mixed.variable_dtype if self._mixed else dtype_name(dtype)
        if dtype is None and self._mixed is None and global_policy().name != floatx():
            self.dtype = global_policy().name
        self.input_dtype = dtype_name(input_words.pop("input_dtype", None))
        self._initial_weights = weights
        if activity_regularizer is not None:
            self.activity_regularizer = regularizers.get(activity_regularizer)
        self.batch_input_shape = batch_shape(self, input_words)

    # What a layer of one's own overrides.

    @finished
    def build(self, input_shape: Any) -> None:
        """Make the weights; nothing to make unless a subclass says so."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs of the inputs; the inputs themselves unless a subclass says so."""
        return args[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the outputs, found by a trial run of `call`.

        To a class that asks for it in its own Keras says, up to 2.3, the shape of the inputs.
        """
        overridden = type(self).compute_output_shape is not Layer.compute_output_shape
        if overridden and rule("layers_keep_shape", self.era):
            return input_shape
        shapes = [input_shape] if is_shape(input_shape) else list(input_shape)
        symbols = [Symbol(as_shape(shape), self.compute_dtype) for shape in shapes]
        given = symbols[0] if is_shape(input_shape) else symbols
        self.build_once(input_shape)
        return map_symbols(lambda symbol: tuple(symbol.shape), self._trial((given,), {}))

    get_output_shape_for = compute_output_shape  # Keras 1's name

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the outputs: that of the inputs, if the layer supports masking.

        Raises:
            MaskError: up to Keras 2.3, when a mask reaches a layer that cannot use it.
        """
        if self.supports_masking:
            return mask
        if any_mask(mask) and rule("unused_mask_is_an_error", self.era):
            raise MaskError(
                f"{self.who}: inputs must come without a mask, got one. "
                "Set supports_masking = True in a layer that lets masks pass."
            )
        return None

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
            config["dtype"] = self._dtype_config()
        elif self._mixed or self.dtype not in (None, floatx()) or is_half_about():
            config["dtype"] = self._dtype_config()
        return config | super().get_config()

    # What a layer offers.

    @property
    def keras_name(self) -> str:
        """Return the name under which files of the era in force know the class."""
        names = vars(type(self)).get("keras_names")
        return type(self).__name__ if names is None else str(names.value())

    @property
    def compute_dtype(self) -> str:
        """Return the name of the type the layer works in."""
        return self._mixed.compute_dtype if self._mixed else self.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """Return the name of the type the weights are kept in."""
        return self.dtype or floatx()

    @property
    def dtype_policy(self) -> Policy:
        """Return in which types the layer works."""
        return self._mixed or Policy(self.variable_dtype)

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        policy = as_policy(value)
        self._mixed = policy if policy.is_mixed else None
        self.dtype = policy.variable_dtype

    def _dtype_config(self) -> Any:
        return policy_config(self._mixed) if self._mixed else self.variable_dtype

    @property
    def torch_dtype(self) -> torch.dtype:
        """Return torch's name for the type of the weights."""
        kind = getattr(torch, self.variable_dtype, None)
        if not isinstance(kind, torch.dtype):
            raise ArgumentError("dtype", "the name of a type", self.variable_dtype, who=self.who)
        return kind

    def cast_kind(self, *, mixed: bool) -> torch.dtype | None:
        """Return the type that inputs and outputs of floats are cast to; None: they stay.

        Args:
            mixed: whether half precision is about: policies of one type cast nothing without it,
                so that `.to(torch.float64)` and `.half()` go on meaning the whole model.
        """
        casts = self.autocasts and (mixed or self._mixed is not None)
        return getattr(torch, self.compute_dtype) if casts and self._has_floats() else None

    def work_kind(self) -> torch.dtype:
        """Return the type in which the layer takes products."""
        half = self._mixed is not None and not self.needs_float32
        name = self.compute_dtype if half else self.variable_dtype
        return getattr(torch, name) if self._has_floats() else torch.float32

    def _has_floats(self) -> bool:
        return self.compute_dtype in FLOATS

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Record a node when called on symbols; compute when called on tensors or arrays."""
        check_words(self.who, type(self), args, kwargs)
        if symbols_in((args, kwargs)):
            return self.record(args, kwargs)
        tracing = active_tracing()
        if tracing is not None:
            return tracing.inline(self, args, kwargs)
        return Holder.__call__(self, *args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors or arrays: build if need be, then `call`.

        The outermost layer keeps the losses that are added meanwhile.
        """
        if collected_losses() is not None:
            return self._forward(args, kwargs)
        with collecting_losses() as added:
            outputs = self._forward(args, kwargs)
        self.keep_losses(added)
        return outputs

    def keep_losses(self, terms: Sequence[Any]) -> None:
        """Keep what a call on numbers added to the loss; hand it on where somebody collects."""
        collected = collected_losses()
        if collected is not None:
            collected.extend(terms)
        else:
            self._losses = [term for term in terms if not isinstance(term, Measured)]
            self._tells_losses = rule("calls_tell_losses", self.era)

    def _forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs, *more = as_tensors(args, self.compute_dtype)
        kwargs = {key: as_tensors(value, self.compute_dtype) for key, value in kwargs.items()}
        args = (only_inputs(self.who, self.inputs_taken, inputs), *more)
        if not (self.built and torch.compiler.is_compiling()):  # there, sizes are to stay free
            self._ready_for(args[0])
        training = kwargs.get("training")
        training = learning_phase() if training is None else bool(training)
        training = self.training if training is None else training
        masks = kwargs.get("mask", carried_masks(args[0]))
        with in_phase(training), self._in_mode(training), in_era(self.era):
            options = self.call_options(args, kwargs, masks, training)
            with explaining(
                self, "cannot be applied to", lambda: shapes_of(args[0]), of=type(self).call
            ):
                outputs = self._computed(args, options)
            if self.activity_regularizer is not None:
                self.add_loss(self.penalties(listed(outputs)))
            tell_phase(outputs, self.asks_for_phase(kwargs))
            return carrying(outputs, self.compute_mask(args[0], masks))

    def _computed(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Return what `call` makes of tensors, in the types that the policy says."""
        kind = self.cast_kind(mixed=_half_is_about())
        return self.call(*args, **options) if kind is None else self.in_types(kind, args, options)

    def in_types(self, kind: torch.dtype, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Return what `call` makes of tensors whose floats are cast, and its own floats cast."""
        work = self.work_kind()
        enters = work if self.needs_float32 else kind
        with working_in(work, args):
            outputs = self.call(*cast_floats(args, enters), **cast_floats(options, enters))
        return cast_floats(outputs, kind)

    def _ready_for(self, inputs: Any) -> None:
        """Refuse inputs that do not fit, and make the weights if they are yet to be made."""
        shapes = shapes_of(inputs)
        check_specs(self.who, self.input_spec, inputs, shapes)
        if not self.built:
            self.build_once(shapes)
            check_specs(self.who, self.input_spec, inputs, shapes)
        self._check_shapes(shapes)

    def call_options(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], mask: Any, training: Any
    ) -> dict[str, Any]:
        """Return the keywords for `call`: the caller's, with mask and training where it asks."""
        options = {key: value for key, value in kwargs.items() if key not in ("mask", "training")}
        told = kwargs.get("mask") is not None or not rule("masks_need_lone_input", self.era)
        asked = takes(type(self), "mask") and mask is not None
        if asked and (told or not self.takes_beside(args, options)):
            options["mask"] = mask
        if takes(type(self), "training"):
            options["training"] = training
        return options

    def takes_beside(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
        """Return whether a call hands over tensors beside its first argument."""
        return holds_tensors(args[1:]) or holds_tensors(options)

    def build_once(self, input_shape: Any) -> None:
        """Make the weights, unless they are there."""
        if self.built:
            return
        check_one(self.who, self.inputs_taken, input_shape)
        readied = explaining(
            self, "cannot make weights for", lambda: input_shape, of=type(self).build
        )
        with readied:
            self.build(symbol_shapes(input_shape))
        if not self.build_makes_weights:
            self.finish_build()

    def finish_build(self) -> None:
        """Take what `build` has made into training, freezing and the weights given before."""
        self.built = True
        self.adopt()
        self.train(self.training)
        self.apply_trainable()
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call on symbols as a node, and return its symbols."""
        if not args:
            args, kwargs = (kwargs["inputs"],), {k: v for k, v in kwargs.items() if k != "inputs"}
        inputs = only_inputs(self.who, self.inputs_taken, args[0])
        args, shapes = (inputs, *args[1:]), shapes_of(inputs)
        check_specs(self.who, self.input_spec, inputs, shapes)
        self.build_once(shapes)
        check_specs(self.who, self.input_spec, inputs, shapes)
        take_seeds(self.seeds_taken, self.era)
        with in_era(self.era):
            outputs = self.output_symbols(args, kwargs, shapes)
            if type(outputs) in (list, tuple) and len(outputs) == 1 and rule("calls_unpack_one"):
                outputs = outputs[0]
            given = kwargs.get("mask")
            carried = map_symbols(lambda symbol: symbol.mask, inputs)
            masks = self.compute_mask(inputs, carried if given is None else given)
        node = Node(self, args, kwargs, outputs, number=len(self.inbound_nodes))
        for symbol, mask in zip(symbols_in(outputs), spread(masks, outputs), strict=False):
            symbol.mask = mask
            symbol.name = f"{self.name}/{node.number}:{symbol.index}"
        self.inbound_nodes.append(node)
        return outputs

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        return sum(getattr(layer, "seeds_taken", 0) for layer in self.sublayers)

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the outputs' shapes and types."""
        if type(self).compute_output_shape is Layer.compute_output_shape:
            return self._trial(args, kwargs)
        shape = self.compute_output_shape(shapes)
        kinds = {symbol.dtype for symbol in symbols_in(args[0])}
        kept = self.keeps_dtype and len(kinds) == 1
        if kept and self.cast_kind(mixed=_half_is_about()) is not None:
            kept = not kinds & set(FLOATS)
        kind = kinds.pop() if kept else self.compute_dtype
        if is_shape(shape):
            return Symbol(as_shape(shape), kind)
        return [Symbol(as_shape(one), kind) for one in shape]

    def sample_shape(self, input_dim: int, input_length: int | None) -> Shape:
        """Return the shape of one sample that `input_dim` and `input_length` stand for."""
        return (input_dim,) if input_length is None else (input_length, input_dim)

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Add a term (or several) to the loss that training makes smaller."""
        terms = losses if isinstance(losses, list | tuple) else [losses]
        tracing, collected = active_tracing(), collected_losses()
        if tracing is collected is None:
            self.note("losses", terms, inputs)
        for term in terms:
            if tracing is not None:
                tracing.add_loss(term)
            else:
                (self._losses if collected is None else collected).append(term)

    def add_metric(self, value: Any, name: str | None = None, aggregation: Any = None) -> None:
        """Tell a value in `call` beside the metrics of training: its mean over the batches.

        Args:
            value: a tensor, or the result of a metric object, which then is told itself.
            name: what it is told as; the metric's own name unless given.
            aggregation: understood as "mean", which it always is.

        Raises:
            ArgumentError: for a tensor without a name, or another aggregation.
        """
        who = f"{self.who}.add_metric"
        metric: Any = getattr(value, "_metric_obj", None) if isinstance(value, Tensor) else None
        if name is None and metric is None:
            raise ArgumentError("name", "the word it is told as", name, who=who)
        if aggregation not in (None, "mean"):
            raise ArgumentError("aggregation", "'mean' or None", aggregation, who=who)
        term = Measured(name or metric.name, value if metric is None else metric)
        tracing, collected = active_tracing(), collected_losses()
        if tracing is not None:
            tracing.add_loss(term)
        elif collected is not None:
            collected.append(term)

    def penalties(self, outputs: Sequence[Any]) -> list[Any]:
        """Return the activity penalty of each output."""
        each = [self.activity_regularizer(output) for output in outputs]
        if not rule("activity_penalty_per_sample", self.era):
            return each
        return [penalty / output.shape[0] for penalty, output in zip(each, outputs, strict=True)]

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Only remember: writing to a weight inside `call` happens where it stands."""
        if active_tracing() is collected_losses() is None:
            self.note("updates", updates, inputs)

    @property
    def losses(self) -> list[Any]:
        """Return the penalties of the weights, and the terms that calls added.

        That is the last one on numbers, and, as symbols, all that were on symbols.
        """
        held = [weight for weight in self.weights if weight.regularizer is not None]
        penalties = [weight.regularizer(weight.read()) for weight in held]
        inner = [one for layer in self.sublayers for one in layer.noted("losses")]
        told = self.penalties_of_calls(self.inbound_nodes)
        return [*penalties, *self._losses, *told, *inner]

    def _check_shapes(self, shapes: Any) -> None:
        """Let one of kshim's layers refuse shapes that make no output; each shape once."""
        tells = type(self).compute_output_shape
        if self.inputs_taken is None or not is_own(tells) or shapes == self._checked_shapes:
            return
        if tells is not Layer.compute_output_shape:
            with (
                in_era(self.era),
                explaining(self, "cannot be applied to", lambda: shapes, of=tells),
            ):
                self.compute_output_shape(shapes)
        self._checked_shapes = shapes

    @contextmanager
    def _in_mode(self, training: bool) -> Iterator[None]:
        """Train or predict inside the block, and be as before behind it."""
        before = self.training
        if training != before:
            self.train(training)
        try:
            yield
        finally:
            if training != before:
                self.train(before)

    def _trial(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the symbols a trial run of `call` shows; states it writes are put back."""
        masks = map_symbols(lambda symbol: symbol.mask, args[0])
        options = self.call_options(args, kwargs, masks if any_mask(masks) else None, None)
        states = [w for w in self.weights if not w.trainable]
        kept = [[tensor.detach().clone() for tensor in weight.tensors] for weight in states]
        try:
            with collecting_losses():
                if self.cast_kind(mixed=False) is None:
                    return infer(self.who, self.call, args, options)
                # Nothing is computed here: the types are those of the weights, then the policy's.
                given = map_symbols(partial(_typed, self.variable_dtype), (args, options))
                made = infer(self.who, self.call, *given)
                return map_symbols(partial(_typed, self.compute_dtype), made)
        finally:
            with torch.no_grad():
                for weight, values in zip(states, kept, strict=True):
                    for tensor, value in zip(weight.tensors, values, strict=True):
                        tensor.copy_(value)


def takes(kind: type[Layer], word: str) -> bool:
    """Return whether `call` of a layer class has a parameter called `word`."""
    return word in kind.call_words


def _half_is_about() -> bool:
    """Return whether tensors of half precision are to be expected beside others."""
    return is_half_about() or any(map(torch.is_autocast_enabled, ("cpu", "cuda")))


def _typed(dtype: str, symbol: Symbol) -> Symbol:
    """Return a symbol with its floats of another type."""
    return Symbol(symbol.shape, dtype) if symbol.dtype in FLOATS else symbol


teach_shapes()
