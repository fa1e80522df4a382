"""One PyTorch variant of one workload, asked by `bench/run.ts` in lines of JSON.

    python3 bench/peers/peer.py WORKLOAD torch|torch_hoisted FOLDER

FOLDER/inputs holds the numbers and arrays that every variant is given. Answers go to standard output, one line for each question:
`compare` runs on the draws of nsm and tells where the outputs lie, `own` tells draws of PyTorch's own, `run` tells milliseconds.
"""

import importlib
import json
import pathlib
import sys
import time

import numpy
import torch

sys.dont_write_bytecode = True

MODULES = {
    "ipvae-infer": "ipvae_infer",
    "ipvae-infer-dense": "ipvae_infer",
    "ipvae-train": "ipvae_train",
    "ipvae-train-large": "ipvae_train",
    "hee-step": "hee_step",
    "relax": "relax",
    "langevin-small": "langevin_small",
}


def read_arrays(folder):
    shapes = json.loads((folder / "arrays.json").read_text())
    return {
        name: torch.from_numpy(numpy.fromfile(folder / f"{name}.bin", dtype=numpy.float32)).reshape(shape)
        for name, shape in shapes.items()
    }


def write_arrays(folder, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {}
    for name, tensor in arrays.items():
        values = numpy.ascontiguousarray(tensor.detach().numpy(), dtype=numpy.float32)
        values.tofile(folder / f"{name}.bin")
        shapes[name] = list(tensor.shape)
    (folder / "arrays.json").write_text(json.dumps(shapes))


class Draws:
    """Draws by name and turn: made anew (and kept where they are to be told), or those of a tape."""

    def __init__(self, tape=None, keeps=False):
        self.tape = tape
        self.kept = {} if keeps else None

    def __call__(self, name, turn, make):
        if self.tape is not None:
            values = self.tape[name]
            return values.reshape(-1, *values.shape[-2:])[turn]
        made = make()
        if self.kept is not None:
            self.kept.setdefault(name, []).append(made.detach().clone())
        return made


def peak_mib():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmHWM')) / 1024


def main(workload, variant, folder):
    folder = pathlib.Path(folder)
    numbers = json.loads((folder / "inputs" / "numbers.json").read_text())
    rest = peak_mib()
    walk = importlib.import_module(MODULES[workload]).prepare(
        variant, numbers, read_arrays(folder / "inputs")
    )
    answer = lambda value: print(json.dumps(value), flush=True)
    answer({"version": torch.__version__})
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "compare":
            outputs = walk(numbers["compared"], Draws(read_arrays(pathlib.Path(question["draws"]))))
            write_arrays(pathlib.Path(question["outputs"]), outputs)
            answer({})
        elif question["do"] == "own":
            draws = Draws(keeps=True)
            walk(numbers["compared"], draws)
            write_arrays(
                pathlib.Path(question["draws"]), {name: torch.stack(kept) for name, kept in draws.kept.items()}
            )
            answer({})
        elif question["do"] == "run":
            draws = Draws()
            start = time.perf_counter()
            for _ in range(question["times"]):
                walk(numbers["units"], draws)
            answer({"ms": 1000 * (time.perf_counter() - start)})
        else:
            answer({"peak": peak_mib(), "rest": rest})


if __name__ == "__main__":
    main(*sys.argv[1:])
