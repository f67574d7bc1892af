"""Cases of layers that hold code: Lambda on functions of ../lambdas.py, modules of torch."""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")
SINCE_2 = ["2.2", "2.3", "2.15", "3"]


def applied(name, function, inputs, **more):
    """Return one case of Lambda."""
    arguments = dict(more.pop("arguments", {}), function={"function": function})
    return dict(
        more,
        name="lambda_" + name,
        class_name="Lambda",
        inputs=inputs,
        arguments=arguments,
        own_code=True,
    )


def module(name, module, inputs, outputs):
    """Return one case of TorchModuleWrapper, which must be told the shape to be in a graph."""
    return {
        "name": "torch_module_" + name,
        "class_name": "TorchModuleWrapper",
        "inputs": [inputs],
        "arguments": {"module": module, "output_shape": [None, *outputs]},
        "eras": ["3"],
        "own_code": True,
    }


def made(kind, *given, **words):
    """Return the description of a module of torch.nn."""
    return {"torch": kind, "given": list(given), "words": words}


CHAIN = made("Sequential", made("Linear", 4, 3), made("Tanh"), made("Linear", 3, 2))
CASES = [
    applied("line", "doubled", [[2, 4]]),
    applied("line_of_steps", "doubled", [[2, 3, 4]]),
    applied("arguments", "shifted", [[2, 4]], arguments={"arguments": {"by": 0.5, "times": 3.0}}),
    applied(
        "shape_told", "without_first", [[2, 5, 3]],
        arguments={"output_shape": [4, 3]},
    ),
    applied("shape_found", "without_first", [[2, 5, 3]], eras=SINCE_2),
    applied("two", "product", [[2, 4], [2, 4]], eras=SINCE_2),
    applied("masked", "doubled", [[2, 4, 3]], masked_steps=[[1, 3], []], eras=SINCE_2),
    module("line", made("Linear", 4, 3), [2, 4], [3]),
    module("chain", CHAIN, [2, 4], [2]),
    module("window", made("Conv2d", 3, 2, 3, padding=1), [2, 3, 5, 6], [2, 5, 6]),
    module("norm", made("LayerNorm", 5), [2, 3, 5], [3, 5]),
]  # fmt: skip
