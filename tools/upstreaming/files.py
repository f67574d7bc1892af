"""Makes the files that Keras's examples look for in the folder they run in.

They have the format of the real ones and made-up content: pairs of sentences (fra-eng), vectors of
words (glove.6B), messages of several groups (20_newsgroup), and pictures with their masks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

WORDS = [
    "the", "a", "cat", "dog", "house", "tree", "water", "light", "run", "see", "big", "old",
    "blue", "we", "they", "go", "come", "take",
]  # fmt: skip
FRENCH = [
    "le", "un", "chat", "chien", "maison", "arbre", "eau", "clair", "cours", "vois", "grand",
    "vieux", "bleu", "nous", "ils",
]  # fmt: skip
SIZE = 64


def put_files(folder: Path) -> None:
    """Make all of them in a folder; the same call makes the same files."""
    draw = np.random.RandomState(7)
    put_sentences(folder / "fra-eng", draw)
    put_vectors(folder / "glove.6B", draw)
    put_messages(folder / "20_newsgroup", draw)
    put_pictures(folder, draw)


def put_sentences(folder: Path, draw: np.random.RandomState, count: int = 100) -> None:
    """Make fra.txt: a sentence, a tab, and its translation in each line, short ones first."""
    folder.mkdir()
    pairs = sorted(
        (_sentence(draw, WORDS), _sentence(draw, FRENCH).replace(".", " !")) for _ in range(count)
    )
    lines = [f"{one}\t{other}\n" for one, other in sorted(pairs, key=lambda pair: len(pair[0]))]
    (folder / "fra.txt").write_text("".join(lines), encoding="utf-8")


def put_vectors(folder: Path, draw: np.random.RandomState, size: int = 100) -> None:
    """Make glove.6B.100d.txt: a word and its numbers in each line."""
    folder.mkdir()
    vectors = draw.normal(0, 0.4, (len(WORDS), size))
    lines = [
        " ".join([word, *(f"{number:.5f}" for number in vector)])
        for word, vector in zip(WORDS, vectors, strict=True)
    ]
    (folder / f"glove.6B.{size}d.txt").write_text("\n".join(lines) + "\n")


def put_messages(folder: Path, draw: np.random.RandomState, count: int = 40) -> None:
    """Make messages, a header and a text each, in folders by group."""
    for group in ("alt.atheism", "comp.graphics", "sci.space"):
        (folder / group).mkdir(parents=True)
        for number in range(count):
            text = " ".join(_sentence(draw, WORDS) for _ in range(20))
            message = f"From: someone@somewhere\nSubject: {group}\n\n{text}\n"
            (folder / group / str(49960 + number)).write_text(message, encoding="latin-1")


def put_pictures(folder: Path, draw: np.random.RandomState) -> None:
    """Make picture.jpg and style.jpg, narrow and large ones, and masks of three labels."""
    from PIL import Image

    for name in ("picture", "style"):
        coarse = draw.randint(0, 256, (8, 8, 3)).astype("uint8")
        fine = np.kron(coarse, np.ones((SIZE // 8, SIZE // 8, 1), "uint8"))
        Image.fromarray(fine).save(folder / f"{name}.jpg")
        Image.fromarray(fine[:, : SIZE // 4]).save(folder / f"narrow_{name}.jpg")
        large = np.kron(coarse, np.ones((20, 20, 1), "uint8"))
        Image.fromarray(large).save(folder / f"large_{name}.jpg")
        labels = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], "uint8")
        stripes = np.sort(draw.randint(0, 3, SIZE))
        mask = np.repeat(labels[stripes][:, None], SIZE, axis=1)
        Image.fromarray(mask).save(folder / f"{name}_mask.png")


def _sentence(draw: np.random.RandomState, words: list[str]) -> str:
    chosen = draw.choice(words, draw.randint(1, 5))
    return " ".join(chosen).capitalize() + "."
