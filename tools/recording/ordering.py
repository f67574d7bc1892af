"""Order what TensorFlow 1 does in a training step, where Keras leaves it to race.

Up to Keras 2.3 a step reads and writes its variables without an order: the count of batches rises
before or after the learning rate reads it, and a weight may be written while the gradient by
another, or the penalty in the loss that is told, is still computed from it. Inside ``ordered``
every new value and the loss are there before the first variable is written; the count is raised
before anything else, or after. Keras's own formulas make the values. Runs inside the real Keras
(Python 3.6 and newer).
"""

import contextlib
import inspect

from oracle import K, keras, tf

COUNT = ("first", "last")


def orders(oracle: object) -> list:
    """Return the blocks to train in: two where TensorFlow 1 would race, else one."""
    if oracle.repeats == 1:
        return [contextlib.ExitStack()]
    return [ordered(count) for count in COUNT]


@contextlib.contextmanager
def ordered(count: str) -> object:
    """Let training write in order inside the block, the count ``first`` or ``last``."""
    classes = [kind for kind in vars(keras.optimizers).values() if inspect.isclass(kind)]
    before = {kind: vars(kind)["get_updates"] for kind in classes if "get_updates" in vars(kind)}
    values, writes, function = [], [], K.function
    for kind, get_updates in before.items():
        kind.get_updates = in_order(get_updates, count, values, writes)
    K.function = writing_states_behind(function, values, writes)
    try:
        yield
    finally:
        K.function = function
        for kind, get_updates in before.items():
            kind.get_updates = get_updates


def writing_states_behind(function: object, values: list, writes: list) -> object:
    """Return a ``K.function`` that writes the states of layers once the values are there.

    One that trains nothing has no such values: a stateful layer's states are all it writes.
    """

    def made(inputs: list, outputs: list, updates: list = (), **kwargs: object) -> object:
        if not any(one is write for one in updates or () for write in writes):
            return function(inputs, outputs, updates=updates, **kwargs)
        with tf.control_dependencies(values):
            ordered = [K.update(*it) if isinstance(it, tuple) else it for it in updates]
        return function(inputs, outputs, updates=ordered, **kwargs)

    return made


def in_order(get_updates: object, count: str, all_values: list, all_writes: list) -> object:
    """Return a ``get_updates`` whose writes wait for all values; it notes both."""

    def updates_in_order(self: object, *args: object, **kwargs: object) -> list:
        plain, made_anew = (K.update, K.update_add), (K.zeros, K.variable)
        written, counted = [], []
        with contextlib.ExitStack() as stack:

            def note(variable: object, value: object) -> None:
                written.append((variable, value))

            def raise_count(variable: object, step: object) -> None:
                counted.append((variable, step))
                if count == "first":
                    raised = plain[1](variable, step)
                    counted.append(raised)
                    stack.enter_context(tf.control_dependencies([raised]))

            K.update, K.update_add = note, raise_count
            K.zeros, K.variable = map(waiting_for_nothing, made_anew)
            try:
                found = get_updates(self, *args, **kwargs)
            finally:
                K.update, K.update_add = plain
                K.zeros, K.variable = made_anew
        written += [pair for pair in found if isinstance(pair, tuple)]
        losses = [it for it in (*args, *kwargs.values()) if isinstance(it, tf.Tensor)]
        values = tf.tuple([*(tf.convert_to_tensor(value) for _, value in written), *losses])
        all_values[:] = values
        made = [plain[0](variable, value) for (variable, _), value in zip(written, values)]
        if count == "first":
            made += counted[1:]
        else:
            with tf.control_dependencies(values):
                made += [plain[1](variable, step) for variable, step in counted]
        all_writes[:] = made
        return made

    return updates_in_order


def waiting_for_nothing(make: object) -> object:
    """Return a maker of variables whose first values wait for nothing."""

    def made(*args: object, **kwargs: object) -> object:
        with tf.control_dependencies(None):
            return make(*args, **kwargs)

    return made
