"""Expressions of K whose functions keep state or take functions: what every Keras is asked.

Each is Python, of ``K``, ``np`` and what `inputs` makes; tools/recording/backend_programs.py asks
the Kerases, tests/backend/test_programs.py asks kshim.
"""

import numpy as np


def inputs(K):  # noqa: N803
    """Return the arrays and functions that expressions name."""
    draw = np.random.RandomState(37)

    def step(x, states):
        made = K.tanh(x + 0.5 * states[0])
        return made, [made]

    def two_steps(x, states):
        return x * states[0], [states[0] + x, states[1] * 0.5]

    def with_constants(x, states):
        made = x * states[1] + states[0]
        return made, [made]

    return {
        "A": draw.normal(size=(3, 4)).astype("float32"),
        "B": draw.normal(size=(3, 4)).astype("float32"),
        "C": draw.normal(size=(2, 5, 3)).astype("float32"),
        "S": draw.normal(size=(2, 3)).astype("float32"),
        "M": np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1]], "float32"),
        "P": np.array([[[0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [0.3, 0.3, 0.4]]],
                      "float32"),
        "step": step, "two_steps": two_steps, "with_constants": with_constants,
    }  # fmt: skip


CASES = """
K.get_value(K.variable(A))
K.get_value(K.variable([[1, 2], [3, 4]], dtype="float64"))
K.eval(K.variable(A) + K.variable(B))
K.batch_get_value([K.variable(A), K.variable(B)])
K.count_params(K.variable(C))
K.int_shape(K.variable(C))
K.int_shape(K.placeholder((2, 3)))
K.int_shape(K.placeholder(ndim=3))
K.ndim(K.placeholder((None, 3, 4)))
K.dtype(K.placeholder((2, 3)))
K.eval(K.update(K.variable(A), B))
K.eval(K.update_add(K.variable(A), B))
K.eval(K.update_sub(K.variable(A), B))
K.eval(K.foldl(lambda held, row: held + row, K.variable(A)))
K.eval(K.foldl(lambda held, row: held * 0.5 + row, K.variable(A), initializer=K.variable(A[1])))
K.eval(K.foldr(lambda held, row: held * 0.5 - row, K.variable(A)))
K.eval(K.map_fn(lambda row: K.sum(row), K.variable(A)))
K.eval(K.map_fn(lambda row: row * 2.0, K.variable(A)))
K.eval(K.rnn(step, K.variable(C), [K.variable(S)])[0])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)])[1])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)])[2][0])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)], go_backwards=True)[1])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)], unroll=True, input_length=5)[1])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)], mask=K.variable(M) > 0.5)[0])
K.eval(K.rnn(step, K.variable(C), [K.variable(S)], mask=K.variable(M) > 0.5)[2][0])
K.eval(K.rnn(two_steps, K.variable(C), [K.variable(S), K.variable(S)])[0])
K.eval(K.rnn(two_steps, K.variable(C), [K.variable(S), K.variable(S)])[2][1])
K.eval(K.rnn(with_constants, K.variable(C), [K.variable(S)], constants=[K.variable(S)])[1])
[K.eval(one) for one in K.ctc_decode(K.variable(P), np.array([4]))[0]]
K.eval(K.ctc_decode(K.variable(P), np.array([4]))[1])
K.eval(K.ctc_decode(K.variable(P), np.array([4]), greedy=False, beam_width=5)[0][0])
K.eval(K.random_uniform_variable((2, 3), 0.5, 0.5))
K.eval(K.random_normal_variable((2, 3), 0.5, 0.0))
K.eval(K.zeros((2, 3)))
K.eval(K.ones((3,), dtype="int32"))
K.eval(K.ones_like(K.variable(A)))
K.cast_to_floatx(np.array([1.0, 2.0]))
K.epsilon()
K.floatx()
K.backend()
""".strip().splitlines()
GRAPHS = """
(lambda v: K.function([], [v * 1.0], updates=[(v, v + 1.0)])([]) + [K.get_value(v)])(K.variable(A))
(lambda x: K.function([x], [x * 2.0, K.sum(x)])([A]))(K.placeholder((3, 4)))
(lambda x: K.function([x], K.gradients(K.sum(K.square(x)), x))([A]))(K.placeholder((3, 4)))
(lambda x: K.function([x], K.gradients(K.mean(K.exp(x), axis=1), [x]))([A]))(K.placeholder((3, 4)))
(lambda x: K.function([x, K.learning_phase()], [K.in_train_phase(x, x * 3.0)])([A, 1]))(K.placeholder((3, 4)))
(lambda x: K.function([x, K.learning_phase()], [K.in_train_phase(x, x * 3.0)])([A, 0]))(K.placeholder((3, 4)))
""".strip().splitlines()  # noqa: E501
