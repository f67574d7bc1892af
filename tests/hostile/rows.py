"""Which cases stand for which known attack: advisories and faults of Keras, and kinds of damage.

A row names its cases by the beginning of their names.
"""

from __future__ import annotations

ROWS: dict[str, tuple[str, ...]] = {
    "CVE-2024-3660: a Lambda's bytecode": (
        "a Lambda", "Keras 1's Lambda", "Keras 3's Lambda", "a shape of code", "a mask of code",
        "a merge of code", "an activation of code", "a loss of code", "a metric of code",
    ),
    "CVE-2025-9905: HDF5 as safe as archives": ("a Lambda", ".keras: a Lambda"),
    "CVE-2025-1550: modules and functions of a config": ("os system", "class 'os.system'",
                                                         "a node keras.utils.get_file"),
    "CVE-2025-8747: functions of Keras's own": ("a node keras.models.load_model",
                                                "a node keras.src.utils.python_utils.func_load",
                                                "keras.saving save_img"),
    "CVE-2025-9906: configs that change settings": ("a node keras.config",
                                                    "a node keras.src.backend.common"),
    "CVE-2025-49655: TorchModuleWrapper": ("class 'TorchModuleWrapper'",
                                           ".keras: TorchModuleWrapper"),
    "CVE-2025-12058: vocabularies that are files": ("StringLookup of a file",
                                                    "StringLookup of a URL", "IntegerLookup",
                                                    "TextVectorization"),
    "CVE-2026-1462: TFSMLayer": ("class 'TFSMLayer'", ".keras: TFSMLayer"),
    "CVE-2026-12481: a Lambda where nothing says that it is safe": ("from_config:", "deserialize:",
                                                                    "JSON: a Lambda"),
    "CVE-2026-12479: paths for names": ("a path for a name", ".keras: a path for a name"),
    "CVE-2026-1669: HDF5's links, external storage, virtual datasets": (
        "a soft kernel", "an external kernel", "external weights", "storage outside",
        "a virtual kernel", "by place: an external", ".keras: weights by place, an external",
    ),
    "CVE-2026-0897: huge shapes": ("a huge kernel", "a kernel past all counting",
                                   "by place: a huge", ".keras: weights by place, a huge"),
    "members that inflate": (".keras: a swelling", ".keras: swelling weights"),
    "CVE-2019-6446: arrays that are pickles": ("weights that are an npz",),
    "CVE-2024-55459, CVE-2025-12060, -12638: traversals": ("tar: ../", "zip: ../", "tar: MARKER",
                                                           "tar: a symlink", "tar: a hard link"),
    "CVE-2025-4517: paths past the longest": ("tar: past all paths", "tar: a symlink to nothing"),
    "shards elsewhere": ("a shard outside",),
    "CVE-2021-37678: YAML": ("YAML: an object", "YAML"),
    "CVE-2025-32434, CVE-2026-24747: torch's pickles": ("torch: a pickle inside",
                                                        "torch: a pickle among"),
    "HDF5's own faults": ("magic and noise", "a heap without an end", "the root elsewhere"),
    "operations by name": ("an operation", "a raw operation", "class 'TFOpLambda"),
    "circles": ("a circle of", "Keras 3's circle", "by place: a circle"),
    "Orbax's folders": ("an Orbax folder",),
    "what Keras 3.15 still does: memory, deep JSON, FIFOs, HTML, complex numbers": (
        "an array of 40 GB", "deep lists", "a FIFO", "a web page", "no archive", "complex weights",
    ),
    "truncation": ("cut at", "weights cut at", ".keras: half", "zip: half", "tar: half"),
    "magic": ("noughts", "only the magic", "line ends changed"),
    "attributes": ("no config", "a config that is a number", "no layer names"),
    "configs that are no JSON": ("half a config", "JSON: half a config", "a word"),
    "nesting": ("deep dicts", "deep models", "deep wrappers"),
    "absurd sizes": ("Dense 10^18", "Embedding 10^10", "an endless kernel"),
    "weights that do not fit": ("no kernel", "weights too many", "several misshapen",
                                "weights of texts"),
    "dangling nodes and double names": ("a call of a layer that is not there",
                                        "outputs of nothing", "two layers of one name"),
    "swelling archives": ("zip: ", "tar: ", "torch: swelling"),
    "checkpoints of TensorFlow's": (
        "checkpoint: an index cut", "checkpoint: names that swell", "checkpoint: a shape past",
        "checkpoint: a weight in another file", "checkpoint: data behind a FIFO",
    ),
    "SavedModels": ("SavedModel: a Lambda", "SavedModel: os.system", "SavedModel: absurd units"),
    "safetensors": ("safetensors: a hole", "safetensors: a header past"),
}  # fmt: skip
