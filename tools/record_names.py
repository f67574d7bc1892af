"""Record every public name of a real Keras, module by module: `kpy tools/record_names.py OUT`.

Writes OUT/<oracle>.txt.gz: a line a module, its dotted path and then the names that
`from module import *` would bring from a module without `__all__` (what it defines and what it
imported itself). Runs on Python 3.6 as well. tf.keras is asked for its public paths only.
"""

import __future__

import gzip
import importlib
import os
import pkgutil
import sys
import types
import warnings


def main(folder):
    """Write the names of the Keras that this Python has."""
    warnings.simplefilter("ignore")
    # Keras 1's visualize_util asks for it before it has any name.
    sys.modules.setdefault("pydot", types.ModuleType("pydot")).find_graphviz = lambda: True
    modules, version = modules_here()
    rows = {}
    for module in modules:
        names = public_names(module)
        if names:
            rows[module.__name__] = names
    text = "".join(f"{path}: {' '.join(rows[path])}\n" for path in sorted(rows))
    path = os.path.join(folder, version + ".txt.gz")
    with open(path, "wb") as file:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
        packed.write(text.encode())
        packed.close()
    print(f"{path}: {len(rows)} modules, {sum(map(len, rows.values()))} names")
    return 0


def modules_here():
    """Return the modules of the Keras of this Python, and its name."""
    import keras

    if keras.__version__.startswith("2.15"):
        from keras.api._v2 import keras as api

        return api_modules(api, "tensorflow.keras"), "tf.keras-" + keras.__version__
    return list(walked(keras)), "keras-" + keras.__version__


def walked(package):
    """Yield a package and every module in it that can be imported."""
    yield package
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            yield importlib.import_module(found[1])
        except Exception as error:
            print(f"not importable: {found[1]}: {error}")


def api_modules(module, path):
    """Return the public modules of tf.keras, each under the path scripts write."""
    found = types.ModuleType(path)
    vars(found).update(vars(module))
    found.__name__ = path
    inner = [(name, one) for name, one in sorted(vars(module).items()) if is_inner(name, one)]
    return [found] + [deep for name, one in inner for deep in api_modules(one, path + "." + name)]


def is_inner(name, value):
    """Return whether a name of a module of tf.keras is a public module of it."""
    return (
        isinstance(value, types.ModuleType)
        and not name.startswith("_")
        and value.__name__.startswith("keras.api._v2.keras")
    )


def public_names(module):
    """Return the names a star import brings, but those of Python's own future and six's."""
    listed = getattr(module, "__all__", None)
    names = listed if listed else [name for name in vars(module) if not name.startswith("_")]
    return sorted({name for name in names if name not in __future__.all_feature_names})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
