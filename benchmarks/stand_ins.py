"""``python -m benchmarks.stand_ins FOLDER``: small files in place of the data sets that notebooks download.

Keras looks into its cache before it downloads, scikit-learn into its own. Each file here has the name, the layout, the
shapes and the dtypes of the real one, a few percent of its rows, and contents drawn from a fixed seed. So a notebook
runs in seconds, without a network, and draws the same numbers on every kernel; what it learns means nothing.

Keras checks most files against a hash, so a ``sitecustomize`` on ``PYTHONPATH`` says that files of the cache are good.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from PIL import Image

SEED = 7
MNIST, FASHION = (
    (60_000, 10_000),
    (7_000, 1_000),
)  # images; the first are as many as in truth, which notebooks write out
TEXTS = {"imdb": 12_000, "reuters": 2_000}  # notebooks put 10,000 of the first aside
WORDS = "the a of and to in is was it he she sea ship king war sword night day good bad film story old young".split()
SITE = '''\
"""Files of Keras' cache are taken as they are."""

import importlib.abc
import importlib.machinery
import sys

CHECKER = "keras.src.utils.file_utils"


class Trusting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != CHECKER:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            module.validate_file = lambda *args, **options: True

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Trusting())
'''


def make(folder: Path) -> Mapping[str, str]:
    """Write all files.

    Parameters
    ----------
    folder : Path
        Made where it isn't there; files in it are written anew.

    Returns
    -------
    mapping of str to str
        The environment with which kernels find them, and in which ``!pip install`` of a notebook installs nothing.
    """
    cache = folder / "keras" / "datasets"
    site, sklearn = folder / "site", folder / "sklearn"
    for path in (cache, site, sklearn):
        path.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(SEED)
    _digits(cache, draw)
    _texts(cache, draw)
    _houses(cache, sklearn, draw)
    _tables(cache, draw)
    _pictures(cache, draw)
    (site / "sitecustomize.py").write_text(SITE)
    return {
        "KERAS_HOME": str(folder / "keras"),
        "SCIKIT_LEARN_DATA": str(sklearn),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH")))),
        "PIP_NO_INDEX": "1",
    }


def _digits(cache: Path, draw: np.random.Generator) -> None:
    patterns = draw.integers(0, 256, (10, 28, 28)) * (draw.random((10, 28, 28)) < 0.3)

    def images(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = draw.integers(0, 10, count, np.uint8)
        noise = draw.integers(0, 60, (100, 28, 28))  # as much as the archive can hold without growing large
        return np.clip(patterns[labels] + noise[np.arange(count) % 100], 0, 255).astype(np.uint8), labels

    (x_train, y_train), (x_test, y_test) = map(images, MNIST)
    np.savez_compressed(cache / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    fashion = cache / "fashion-mnist"
    fashion.mkdir(exist_ok=True)
    for name, count in zip(("train", "t10k"), FASHION):
        x, y = images(count)
        (fashion / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + x.tobytes(), 1, mtime=0))
        (fashion / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + y.tobytes(), 1, mtime=0))


def _texts(cache: Path, draw: np.random.Generator) -> None:
    for (name, rows), classes in zip(TEXTS.items(), (2, 46)):
        sizes = draw.integers(20, 80, 2 * rows)
        x = np.empty(len(sizes), dtype=object)
        x[:] = [np.minimum(draw.zipf(1.3, size), 20_000).tolist() for size in sizes]
        y = draw.integers(0, classes, len(x))
        if name == "imdb":
            np.savez(cache / "imdb.npz", x_train=x[:rows], y_train=y[:rows], x_test=x[rows:], y_test=y[rows:])
        else:
            np.savez(cache / "reuters.npz", x=x, y=y)
        index = {f"word{number}": number for number in range(1, 20_001)}
        (cache / f"{name}_word_index.json").write_text(json.dumps(index))
    lines = [" ".join(draw.choice(WORDS, 9)).capitalize() for _ in range(3000)]
    for number, name in enumerate(("cowper.txt", "derby.txt", "butler.txt")):
        (cache / name).write_text("\n".join(lines[number::3]) + "\n")
    (cache / "shakespeare.txt").write_text("".join(f"{line},\n" for line in lines))


def _houses(cache: Path, sklearn: Path, draw: np.random.Generator) -> None:
    np.savez(cache / "boston_housing.npz", x=draw.random((506, 13)) * 100, y=5 + draw.random(506) * 45)
    n = 1500  # 20,640 in truth
    rooms, people = draw.uniform(3, 9, n), draw.uniform(300, 3000, n)
    columns = [draw.uniform(-124, -114, n), draw.uniform(32, 42, n), draw.integers(1, 52, n), rooms * people / 3]
    columns += [people / 3, people, people / 3, draw.uniform(0.5, 15, n)]
    x, y = np.column_stack(columns), draw.uniform(15_000, 500_001, n)
    np.savez(cache / "california_housing.npz", x=x.astype(np.float32), y=y.astype(np.float32))
    # scikit-learn keeps the columns in the order of the archive, its target first, and divides them when it loads them
    raw = [y, x[:, 7], x[:, 2], x[:, 3], x[:, 4], people, x[:, 6], x[:, 1], x[:, 0]]
    joblib.dump(np.column_stack(raw), sklearn / "cal_housing_py3.pkz", compress=6)


def _tables(cache: Path, draw: np.random.Generator) -> None:
    for name, n in (("train.csv", 627), ("eval.csv", 264)):
        titanic = {
            "survived": draw.integers(0, 2, n),
            "sex": draw.choice(["male", "female"], n),
            "age": draw.integers(1, 80, n).astype(float),
            "n_siblings_spouses": draw.integers(0, 5, n),
            "parch": draw.integers(0, 4, n),
            "fare": draw.uniform(5, 80, n).round(4),
            "class": draw.choice(["First", "Second", "Third"], n),
            "deck": draw.choice(["unknown", "A", "B", "C", "D", "E"], n),
            "embark_town": draw.choice(["Southampton", "Cherbourg", "Queenstown", "unknown"], n),
            "alone": draw.choice(["y", "n"], n),
        }
        pd.DataFrame(titanic).to_csv(cache / name, index=False)
    n = 303
    heart = {
        "age": draw.integers(29, 78, n),
        "sex": draw.integers(0, 2, n),
        "cp": draw.integers(0, 5, n),
        "trestbps": draw.integers(94, 200, n),
        "chol": draw.integers(126, 564, n),
        "fbs": draw.integers(0, 2, n),
        "restecg": draw.integers(0, 3, n),
        "thalach": draw.integers(71, 202, n),
        "exang": draw.integers(0, 2, n),
        "oldpeak": draw.uniform(0, 6, n).round(1),
        "slope": draw.integers(1, 4, n),
        "ca": draw.integers(0, 4, n),
        "thal": draw.choice(["fixed", "normal", "reversible"], n),
        "target": draw.integers(0, 2, n),
    }
    pd.DataFrame(heart).to_csv(cache / "heart.csv", index=False)


def _pictures(cache: Path, draw: np.random.Generator) -> None:
    """Flowers as an archive, under the names that Keras makes of what notebooks ask for, and two photographs."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        _add(archive, "flower_photos/LICENSE.txt", b"made up\n")
        for kind in ("daisy", "dandelion", "roses", "sunflowers", "tulips"):
            tint = draw.integers(0, 200, 3)
            for number in range(24):
                _add(archive, f"flower_photos/{kind}/{number:03}.jpg", _jpeg(draw, tint, 320, 240))
    for name in ("flower_photos.tgz", "flower_photos_archive", "flower_photos.tgz_archive"):
        (cache / name).write_bytes(content.getvalue())
    for name in (
        "320px-Felis_catus-cat_on_snow.jpg",
        "194px-New_East_River_Bridge_from_Brooklyn_det.4a09796u.jpg",
        "Red_sunflower",
    ):
        (cache / name).write_bytes(_jpeg(draw, draw.integers(0, 200, 3), 320, 213))


def _jpeg(draw: np.random.Generator, tint: np.ndarray, width: int, height: int) -> bytes:
    coarse = (tint + draw.integers(0, 56, (6, 8, 3))).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(coarse).resize((width, height)).save(content, "JPEG")
    return content.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def main() -> int:
    """Write the files, and tell the environment that finds them."""
    folder = Path(sys.argv[1]).absolute()
    for name, value in make(folder).items():
        print(f"export {name}={value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
