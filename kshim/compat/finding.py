"""Finds which Keras a script was written for from its own words; nothing is run.

A row of `EVIDENCE` holds words that one stretch of Keras versions has and the later ones lack.
They are looked for in the script's syntax tree and in the files beside it that it imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kshim.core.eras import current_era


class Finding(NamedTuple):
    """Hold an era and the word that led to it."""

    era: str
    reason: str


class Word(NamedTuple):
    """Hold one word of a program: its kind, the word, its line."""

    kind: str
    text: str
    line: int


class Evidence(NamedTuple):
    """Hold the words of one kind that only one stretch of Keras versions has."""

    era: str
    kind: str
    words: frozenset[str]


def _row(era: str, kind: str, words: str) -> Evidence:
    return Evidence(era, kind, frozenset(words.split()))


# The strongest first: the first row of which a script has a word gives its era.
EVIDENCE = (
    _row(
        "1.2",
        "argument",
        "nb_epoch border_mode nb_filter nb_row nb_col subsample_length filter_length pool_length "
        "dim_ordering samples_per_epoch nb_val_samples nb_worker pickle_safe W_regularizer "
        "b_regularizer U_regularizer W_constraint b_constraint U_constraint inner_activation "
        "inner_init forget_bias_init dropout_W dropout_U consume_less atrous_rate",
    ),
    _row("1.2", "argument of convolution", "subsample init bias"),
    _row("1.2", "argument of Dense", "output_dim init bias"),
    _row("1.2", "argument of Model", "input output"),
    _row("1.2", "argument of merge", "mode"),
    _row("1.2", "argument of to_categorical", "nb_classes"),
    _row("1.2", "import", "keras.initializations keras.utils.visualize_util"),
    _row("1.2", "import", "keras.layers.MaxoutDense keras.layers.core.MaxoutDense"),
    _row("1.2", "import", "keras.layers.Highway keras.layers.core.Highway"),
    _row(
        "1.2", "import", "keras.layers.TimeDistributedDense keras.layers.core.TimeDistributedDense"
    ),
    _row("1.2", "rows and columns", "Convolution2D Deconvolution2D Convolution3D"),
    _row("3", "import", "keras.ops keras.random keras.src"),
    _row("2.15", "package", "tensorflow.keras tensorflow.python.keras tf_keras"),
    _row("2.3", "argument of optimizer", "learning_rate"),
    _row("2.3", "text", "val_accuracy"),
    _row("2.2", "package", "keras"),
)
OPTIMIZERS = {"SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam"}
PACKAGES = ("tensorflow.keras", "tensorflow.python.keras", "tf_keras", "keras")


def find_era(script: Path) -> Finding:
    """Return the era of a script, and why."""
    words = [(place, word) for place in _files_of(script) for word in words_of(_text(place))]
    if any(word.kind == "package" for _, word in words):
        for era, kind, known in EVIDENCE:
            for place, word in words:
                if word.kind == kind and word.text in known:
                    return Finding(era, f"{kind} {word.text} in {place.name}, line {word.line}")
    return Finding(current_era(), "no word of Keras found")


def words_of(text: str) -> list[Word]:
    """Return the telling words of a program; none where Python 3 cannot read it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    own = {
        node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    return [word for node in ast.walk(tree) for word in _words_of_node(node, own)]


def _words_of_node(node: ast.AST, own: set[str]) -> Iterator[Word]:
    match node:
        case ast.Import(names=names):
            for one in names:
                yield from _words_of_path(one.name, node.lineno)
        case ast.ImportFrom(names=names, module=module):
            for one in names:
                yield from _words_of_path(f"{module or ''}.{one.name}".strip("."), node.lineno)
        case ast.Attribute(value=ast.Name(id="tf" | "tensorflow"), attr="keras"):
            yield Word("package", "tensorflow.keras", node.lineno)
        case ast.Constant(value=str(text)):
            yield Word("text", text, node.lineno)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name not in own:
            yield from _words_of_call(node, name)


def _words_of_path(path: str, line: int) -> Iterator[Word]:
    """Yield what an import says: the package of Keras, and the whole path."""
    yield Word("import", path, line)
    for package in PACKAGES:
        if f"{path}.".startswith(f"{package}."):
            yield Word("package", package, line)


def _words_of_call(node: ast.Call, name: str) -> Iterator[Word]:
    family = (
        "optimizer" if name in OPTIMIZERS else "convolution" if name.startswith("Conv") else name
    )
    for keyword in node.keywords:
        if keyword.arg:
            yield Word("argument", keyword.arg, keyword.value.lineno)
            yield Word(f"argument of {family}", keyword.arg, keyword.value.lineno)
    # Keras 1 wrote Convolution2D(32, 3, 3), Keras 2 Convolution2D(32, (3, 3)).
    if len(node.args) >= 3 and not isinstance(node.args[1], (ast.Tuple, ast.List)):
        yield Word("rows and columns", name, node.lineno)


def _files_of(script: Path) -> Iterator[Path]:
    """Yield a script and then the files beside it that it imports, each once."""
    waiting = [script]
    for place in waiting:
        yield place
        for word in words_of(_text(place)):
            if word.kind == "import":
                found = _beside(script.parent, word.text) + _beside(place.parent, word.text)
                waiting += [file for file in dict.fromkeys(found) if file not in waiting]


def _beside(folder: Path, path: str) -> list[Path]:
    """Return the files of a folder that an import may mean: a module, or the home of a name."""
    parts = path.split(".")
    asked = ["/".join(some) + ".py" for some in (parts, parts[:-1]) if any(some)]
    return [file for name in asked if (file := folder / name).is_file()]


def _text(place: Path) -> str:
    return place.read_text(encoding="utf-8", errors="replace")
