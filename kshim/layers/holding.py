"""What a layer holds: weights, and layers inside it, in Keras's order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim import constraints, initializers, regularizers
from kshim.core.eras import by_era, rule
from kshim.core.scoped import Scoped
from kshim.core.settings import floatx
from kshim.core.shapes import as_shape
from kshim.core.tracing import refuse_to_trace
from kshim.errors import StateError, WeightError
from kshim.layers.weights import Weight, owner_of, reordered

# The forms in which files of an era hold weights: "packed" is Keras 1's with all gates in one,
# "turned" that of the layer's twin on another device (CuDNNLSTM for LSTM).
_FORMS = by_era({"1.2": ("keras1", "packed"), "2.0": ("plain", "turned")})
_asked_form: Scoped[str | None] = Scoped("weight_form", None)

_NAME_FIRST = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
_SHAPE_FIRST = by_era({
    "1.2": ("shape", "initializer", "name", "trainable", "regularizer", "constraint"),
    "3": ("shape", "initializer", "dtype", "trainable", "regularizer", "constraint", "name"),
})  # fmt: skip


class Holder(nn.Module):
    """Hold weights under their Keras names, trainable or not."""

    name: str
    built: bool
    _own_weights: list[Weight]
    _trainable: bool

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Tell the type checker that layers have attributes of their own."""

    def ready(self) -> None:
        """Make the torch module and the lists usable, before any constructor has run."""
        nn.Module.__init__(self)
        self._own_weights = []
        self._trainable = True
        self.built = False
        self.training = False

    @property
    def training(self) -> bool:  # type: ignore[override]
        """Return the mode; code that asks for it cannot be traced, for the answer changes."""
        refuse_to_trace("the mode is asked for")
        mode: bool = self.__dict__["training"]
        return mode

    @training.setter
    def training(self, value: bool) -> None:
        self.__dict__["training"] = value

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep a weight as a plain attribute, beside the torch parameter of the same name.

        A variable that no layer has becomes a weight of this one.
        """
        held = self.__dict__.get("_parameters", {})
        if isinstance(value, Weight):
            self.__dict__[name] = value
            if rule("variables_become_weights", self.__dict__.get("era")):
                self._take_up(name, value)
        elif name in held and isinstance(value, nn.Parameter):  # FSDP2 puts others in its place
            held[name] = value
        else:
            super().__setattr__(name, value)
            if isinstance(value, nn.Module | list | tuple | dict):
                places = self.__dict__.setdefault("_attribute_order", {})
                places.pop(name, None)
                places[name] = None
            self._take_up_inside(name, value)

    def weight(
        self,
        key: str,
        tensor: Tensor,
        axes: tuple[int, ...] | None = None,
        *,
        trainable: bool = True,
        initializer: Any = None,
    ) -> Weight:
        """Show a tensor of one of this layer's torch modules as a Keras weight, initialised.

        The initializer, regularizer and constraint are the layer's arguments of the same name:
        `kernel_initializer` for the weight `kernel`, `depthwise_initializer` for the weight
        `depthwise_kernel`.

        Args:
            axes: the order in which Keras's axes stand in torch's tensor.
        """
        owner, slot = owner_of(self, tensor)
        to_keras, to_torch = reordered(axes)
        made = Weight(
            self, key, owner, (slot,), to_keras=to_keras, to_torch=to_torch, trainable=trainable
        )
        return self.hold(made, initializer or self._said_of(key, "initializer"))

    def hold(self, weight: Weight, initializer: Any = None) -> Weight:
        """Take up a weight: initialise it, and give it its regularizer and constraint."""
        weight.regularizer = self._said_of(weight.key, "regularizer")
        weight.constraint = self._said_of(weight.key, "constraint")
        weight.initializer = initializer
        weight.forms = dict(self.older_forms(weight))
        for shown in self._shown(weight):
            self._start(shown)
            if self.weight_form() != "plain" and not hasattr(self, shown.old_key):
                self.__dict__[shown.old_key] = shown  # as Keras 1's scripts ask for it: layer.W
        self._own_weights.append(weight)
        return weight

    def older_forms(self, weight: Weight) -> Mapping[str, list[Weight]]:
        """Return what older Kerases showed in the place of a weight, by the name of the form."""
        return {}

    def weight_form(self) -> str:
        """Return the form in which this layer shows its weights."""
        form: str = rule("weight_form", getattr(self, "era", None))
        return form

    def _shown(self, weight: Weight) -> list[Weight]:
        """Return what is seen of a weight in the form asked for, or the layer's own."""
        form = _asked_form.get() or self.weight_form()
        if form == "plain":
            return [weight]
        usual = weight.forms.get("keras1") if form != "turned" else None
        return weight.forms.get(form) or usual or [weight]

    def _all_shown(self) -> list[Weight]:
        """Return what is seen of this layer's own weights, parts that take turns in their order."""
        shown = [part for weight in self._own_weights for part in self._shown(weight)]
        return sorted(shown, key=lambda weight: weight.place)

    def _start(self, weight: Weight) -> None:
        """Give a weight its first values."""
        if weight.initializer is None:
            return
        sizes = tuple(size or 0 for size in weight.shape)
        kind, order = weight.tensors[0].dtype, weight.dim_ordering
        weight.assign(initializers.initial_value(weight.initializer, sizes, kind, order))

    def add_weight(self, *args: Any, **kwargs: Any) -> Weight:
        """Make a weight of the layer's own.

        Args:
            name, shape, dtype, initializer, regularizer, trainable, constraint: in this order;
                a shape in the first place is that of Keras 1 (shape, initializer, name …) or
                Keras 3 (shape, initializer, dtype …).
            shape: in the order the layer's code uses; () for a scalar.
            trainable: False for a state that `call` updates itself.
        """
        name_first = not args or args[0] is None or isinstance(args[0], str)
        order = _NAME_FIRST if name_first else _SHAPE_FIRST.value()
        return self._own_weight(**dict(zip(order, args, strict=False)), **kwargs)

    def _own_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        **options: Any,
    ) -> Weight:
        key = self._free_key(name or "weight")
        usual = rule("added_weights_have_layers_dtype", self.__dict__.get("era"))
        dtype = dtype or (getattr(self, "variable_dtype", None) if usual else None)
        kind = getattr(torch, str(dtype or floatx()).removeprefix("<dtype: '").removesuffix("'>"))
        sizes = tuple(int(size or 0) for size in as_shape(() if shape is None else shape))
        learns = trainable is not False and kind.is_floating_point
        parameter = nn.Parameter(torch.zeros(sizes, dtype=kind), requires_grad=learns)
        self._parameters[key] = parameter  # where an attribute of that name may stand, too
        to_keras, to_torch = reordered(None)
        made = Weight(
            self, key, self, (key,), to_keras=to_keras, to_torch=to_torch, trainable=learns
        )
        given = initializer if initializer is not None else _usual_initializer(learns, kind)
        self.hold(made, initializers.get(given))
        made.regularizer = regularizers.get(regularizer)
        made.constraint = constraints.get(constraint)
        return made

    @property
    def sublayers(self) -> list[Holder]:
        """Return the layers directly inside this one, in the order of its attributes."""
        found = {id(layer): layer for it in self._modules.values() for layer in _holders_in(it)}
        return list(found.values())

    def _take_up(self, name: str, variable: Weight) -> None:
        """Make a variable that no layer has a weight of this one, under an attribute's name."""
        if type(variable.layer) is not Holder or type(self) is Holder:
            return
        key = self._free_key(name)
        self._parameters[key] = variable.owner._parameters[variable.slots[0]]
        variable.layer, variable.owner, variable.key, variable.slots = self, self, key, (key,)
        self._own_weights.append(variable)

    def _take_up_inside(self, name: str, value: Any) -> None:
        """Make the variables in a list, tuple or dict weights of this layer."""
        found = {key: item for key, item in _named_items(name, value) if isinstance(item, Weight)}
        if found and rule("variables_in_lists_become_weights", self.__dict__.get("era")):
            for key, variable in found.items():
                self._take_up(key, variable)

    def adopt(self) -> None:
        """Take in layers and variables in lists, tuples and dicts among the attributes."""
        for name, value in list(self.__dict__.items()):
            if name in self._modules or name == "_modules":
                continue
            self._take_up_inside(name, value)
            container = None if isinstance(value, nn.Module) else _container(value)
            if container is not None and self._is_new(_holders_in(container)):
                self._modules[name] = container
                self._put_in_place()

    def _is_new(self, layers: Iterable[Holder]) -> bool:
        """Return whether there are layers that are not held yet."""
        held = {id(module) for module in self._modules.values()}
        return any(id(layer) not in held for layer in layers)

    def _put_in_place(self) -> None:
        """Let modules stand in the order in which their attributes were set."""
        places = list(self.__dict__.get("_attribute_order", ()))
        known = {name: place for place, name in enumerate(places)}
        modules = self._modules
        ordered = sorted(modules.items(), key=lambda it: known.get(it[0], len(known)))
        modules.clear()
        modules.update(ordered)

    @property
    def trainable(self) -> bool:
        """Return whether training may change this layer's weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.sublayers:
            layer.trainable = bool(value)
        self.apply_trainable()

    def apply_trainable(self) -> None:
        """Let torch's `requires_grad` say what `trainable` says."""
        for weight in self._own_weights:
            if weight.trainable:
                for tensor in weight.tensors:
                    tensor.requires_grad_(self._trainable)

    @property
    def trainable_weights(self) -> list[Weight]:
        """Return the weights that training may change."""
        return self._learning() if self.trainable else []

    @trainable_weights.setter
    def trainable_weights(self, values: Iterable[Any]) -> None:
        """Take up tensors as weights, as layers of Keras 1 say it in `build`."""
        self._trainable_weights.extend(values)

    @property
    def _trainable_weights(self) -> list[Weight]:
        """Return this layer's own weights that may learn; what is put behind them is taken up."""
        return _Taking(self, True)

    @_trainable_weights.setter
    def _trainable_weights(self, values: Iterable[Any]) -> None:
        self._trainable_weights.extend(values)

    @property
    def _non_trainable_weights(self) -> list[Weight]:
        """Return this layer's own weights that do not learn; what is put behind is taken up."""
        return _Taking(self, False)

    @_non_trainable_weights.setter
    def _non_trainable_weights(self, values: Iterable[Any]) -> None:
        self._non_trainable_weights.extend(values)

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Return the weights that training leaves alone; in a frozen layer, all of them."""
        own = [weight for weight in self._all_shown() if not weight.trainable]
        inner = [w for layer in self.sublayers for w in layer.non_trainable_weights]
        still = self._in_turn(own, inner)
        return still if self.trainable else self._learning() + still

    @property
    def weights(self) -> list[Weight]:
        """Return all weights: the trainable ones first, as Keras files keep them."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def variables(self) -> list[Weight]:
        """Return all weights, under tf.keras's name for them."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Weight]:
        """Return the weights that training may change, under tf.keras's name for them."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Weight]:
        """Return the weights that training leaves alone, under tf.keras's name for them."""
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Return copies of the weights' values, in Keras's order and shapes."""
        return [weight.numpy() for weight in self.weights]

    def set_weights(self, values: Sequence[Any]) -> None:
        """Write values in the order `get_weights` gives them.

        Raises:
            WeightError: listing every weight that does not fit; nothing is written then.
        """
        assign_all(f"{type(self).__name__} {self.name!r}", self.weights, values)

    def count_params(self) -> int:
        """Return how many numbers the weights hold.

        Raises:
            StateError: before the weights are made.
        """
        if not self.built:
            raise StateError(
                f"{type(self).__name__} {self.name!r}: weights must be made before they are "
                "counted, got none. Call the layer, or give it an input_shape."
            )
        return sum(math.prod(size or 0 for size in weight.shape) for weight in self.weights)

    def take(self, value: Any, *, trainable: bool) -> Weight:
        """Make a weight of a tensor, under the name of the attribute it stands at; return it."""
        if any(value is weight for weight in self._own_weights):
            return value  # type: ignore[no-any-return]
        key = next((name for name, it in self.__dict__.items() if it is value), "weight")
        tensor = value.read() if isinstance(value, Weight) else torch.as_tensor(value)
        made = self.__dict__[key] = self.add_weight(
            name=key,
            shape=tuple(tensor.shape),
            initializer=lambda *_, **__: tensor.detach(),
            trainable=trainable,
        )
        return made

    def _learning(self) -> list[Weight]:
        """Return the weights that could learn, were this layer not frozen."""
        own = [weight for weight in self._all_shown() if weight.trainable]
        return self._in_turn(own, [w for layer in self.sublayers for w in layer.trainable_weights])

    def _in_turn(self, own: list[Weight], inner: list[Weight]) -> list[Weight]:
        """Return the layer's own weights and those of the layers inside it in Keras's order."""
        return own + inner

    def _said_of(self, key: str, what: str) -> Any:
        """Return the layer's argument for a weight, or None."""
        words = (f"{key}_{what}", f"{key.removesuffix('_kernel')}_{what}")
        return next((getattr(self, word) for word in words if hasattr(self, word)), None)

    def _free_key(self, name: str) -> str:
        wanted = name.replace(".", "_").removesuffix(":0")
        taken = {weight.key for weight in self._own_weights} | set(self._modules)
        numbers = (f"{wanted}_{number}" for number in range(1, len(taken) + 2))
        return wanted if wanted not in taken else next(n for n in numbers if n not in taken)


class _Taking(list[Weight]):
    """List weights of a layer's own; what a script puts behind them becomes a weight of it."""

    def __init__(self, holder: Holder, trainable: bool) -> None:
        own = [weight for weight in holder._own_weights if weight.trainable == trainable]
        super().__init__(own)
        self._holder, self._learn = holder, trainable

    def append(self, value: Any) -> None:
        """Take up one tensor."""
        super().append(self._holder.take(value, trainable=self._learn))

    def extend(self, values: Iterable[Any]) -> None:
        """Take up several tensors."""
        for value in list(values):
            self.append(value)

    def __iadd__(self, values: Iterable[Any]) -> _Taking:  # type: ignore[misc,override]
        self.extend(values)
        return self


def _container(value: Any, depth: int = 3) -> nn.Module | None:
    """Return what holds the modules in lists, tuples and dicts, one in another, as torch does."""
    if isinstance(value, list | tuple) and depth:
        parts = [_container(item, depth - 1) for item in value]
        inside = [it for it in parts if it is not None]
        return nn.ModuleList(inside) if inside else None
    if type(value) is dict and depth:
        named = {_key(key): _container(item, depth - 1) for key, item in value.items()}
        found = {key: it for key, it in named.items() if it is not None}
        return nn.ModuleDict(found) if found else None
    return value if isinstance(value, nn.Module) else None


def _key(key: Any) -> str:
    """Return a key of a dict as torch takes it."""
    word = str(key).replace(".", "_")
    return f"{word}_" if hasattr(nn.ModuleDict, word) or not word else word


def _holders_in(module: nn.Module | None) -> Iterator[Holder]:
    """Yield a layer, or those in a list or dict of modules."""
    if isinstance(module, nn.ModuleList | nn.ModuleDict):
        for inner in module._modules.values():
            yield from _holders_in(inner)
    elif isinstance(module, Holder):
        yield module


def _named_items(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a list, tuple or dict holds, each with a name made of its own and its place."""
    items: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, list | tuple):
        items = enumerate(value)
    elif type(value) is dict:
        items = list(value.items())
    yield from ((f"{name}_{place}", item) for place, item in items)


def weights_in(layer: Any, era: str, shapes: Sequence[tuple[int, ...]]) -> list[Weight]:
    """Return a layer's weights as files of an era hold them: trainable ones first, each once.

    Args:
        shapes: of the arrays that the file has, where the era knows several forms.
    """
    found: list[list[Weight]] = []
    for form in _FORMS.value(era):
        with _asked_form.override(form):
            listed = [*layer.trainable_weights, *layer.non_trainable_weights]
        found.append(list({id(weight): weight for weight in listed}.values()))
        if [tuple(weight.shape) for weight in found[-1]] == list(shapes):
            return found[-1]
    return next((weights for weights in found if len(weights) == len(shapes)), found[0])


def assign_all(who: str, weights: Sequence[Weight], values: Iterable[Any]) -> None:
    """Write one value to each weight, or none at all.

    Raises:
        WeightError: listing every weight that does not fit.
    """
    given = list(values)
    wanted = [tuple(weight.shape) for weight in weights]
    shapes = [tuple(np.shape(value)) for value in given]
    if len(given) != len(weights):
        names = ", ".join(f"{w.name} {shape}" for w, shape in zip(weights, wanted, strict=True))
        raise WeightError(
            f"{who}: weights must be {len(weights)} arrays ({names or 'none'}), "
            f"got {len(given)}: {shapes}."
        )
    wrong = [
        f"{weight.name} must have shape {want}, got {got}"
        for weight, want, got in zip(weights, wanted, shapes, strict=True)
        if want != got
    ]
    if wrong:
        raise WeightError(f"{who}: {'; '.join(wrong)}.")
    for weight, value in zip(weights, given, strict=True):
        weight.assign(value)


def _usual_initializer(trainable: bool, dtype: torch.dtype) -> str:
    return "glorot_uniform" if dtype.is_floating_point and trainable else "zeros"
