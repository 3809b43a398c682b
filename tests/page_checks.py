# SPDX-License-Identifier: MIT
"""What pages.py knows of single pages: what is changed of their commands, what their reader has, what they promise."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# The network is not asked; digits are fewer, and epochs where ranks share two processors.
INSTEAD = {"README.md": {"cnnc fetch mnist": ":", "10000 2000": "600 200"},
           "many-machines.md": {"-n 4 ./mnist train": "-n 4 ./mnist train --epochs 1",
                                "srun ./mnist train": "srun ./mnist train --epochs 1"}}
# The reader's own: from tests/.
OWN = {"README.md": {"photo.jpg": "images/rgb.jpg"}, "keras.md": {"digit.png": "images/grey.png"},
       "web.md": {"digit.png": "images/grey.png"}}
# In the place of Slurm, which starts the tasks of a job and says to each which it is.
SLURM = {"srun": '#!/bin/sh\nexec mpirun -n 4 "$@"\n',
         "sbatch": """#!/bin/sh
export SLURM_CPUS_PER_TASK=1 SLURM_ARRAY_TASK_ID
for SLURM_ARRAY_TASK_ID in $(sed -n 's/^#SBATCH.*--array=\\([0-9]*\\)-\\([0-9]*\\).*/\\1 \\2/p' "$1" | xargs seq); do
    bash "$1" || exit 1
done
"""}


def stand_in(name):
    """Commands in bin/ in the place of what no machine of a test has."""
    for command, text in SLURM.items() if name.startswith("many-") else ():
        Path("bin", command).write_text(text, encoding="utf-8")
        os.chmod(Path("bin", command), 0o755)


def own(name, tests):
    for file, source in OWN.get(name, {}).items():
        shutil.copy(tests / source, file)
    if name == "many-machines.md" and shutil.which("mpirun"):
        version = subprocess.run(["mpirun", "--version"], check=True, capture_output=True, text=True).stdout
        Path("nodes.txt").write_text("localhost slots=4\n" if "Open" in version else "localhost:4\n", encoding="utf-8")


def printed(page, command):
    """By the block that has this command; None where it was left out."""
    return next((text for block, text in page.said if command in block), None)


def whole_number(text):
    return int(text.replace(",", ""))


def near(shown, seen, share):
    assert len(shown) == len(seen) and all(abs(a - b) <= b * share for a, b in zip(shown, seen)), \
        f"the page says {shown}, it is {seen}"


# ---- page by page

def readme(page, _):
    """The object and the library predict the same, whatever it is."""
    in_c = [float(line.split()[1]) for line in printed(page, "./digit\n").splitlines()]
    in_python = json.loads(printed(page, "python3 digit.py"))
    assert len(in_c) == 10 and max(abs(a - b) for a, b in zip(in_c, in_python)) < 2e-4, (in_c, in_python)
    assert "<svg" in Path("run.html").read_text(encoding="utf-8")


def training_object(page, _):
    losses = [float(line) for line in printed(page, "./dots").split()]
    assert len(losses) == 30 and losses[-1] < losses[0] / 4, losses


def board(page):
    """Of the emulated one: it learns, in the memory and the time that the table says."""
    text = page.text(page.name).split("### Training there")[1].split("\n#")[0]
    rows = re.findall(r"^\| (?:all|the last) layers?[^|]*\|(.*)\|$", text, re.M)
    runs = [(block, said) for block, said in page.said if "qemu-system-arm -M" in block]
    if not runs:
        return
    assert len(rows) == len(runs) == 2, (rows, runs)
    claims = re.findall(r"(\d+) of (?:the )?60\b", text)
    for row, (block, said), claim in zip(rows, runs, claims):
        right = [int(n) for n in re.findall(r"epochs: (\d+) of 60 right", said)]
        assert len(right) == 4 and right[0] <= 15 and abs(right[3] - int(claim)) <= 6, (right, claim)
        ticks = [int(n) for n in re.findall(r"took (\d+) ticks", said)]
        stated = [whole_number(n) for n in row.split("|")]
        header = page.shell(re.search(r"^.*--as=header -o ", block, re.M)[0] + "-")
        seen = [int(re.search(rf"#define NET_{key}_BYTES +(\d+)", header)[1])
                for key in ("CODE", "PARAMS", "STATE", "WORKSPACE", "PREDICT", "STACK")]
        near(stated, [*seen, 40 * max(ticks)], 0.05)  # of 25 MHz


def in_node(page, blocks):
    """The lines for a browser predict what the program does; node reads files itself."""
    script = "".join(block.text for block in blocks if block.section == "WebAssembly" and block.kind == "sketch")
    streams = 'instantiateStreaming(fetch("net.wasm"))'
    assert streams in script
    script = script.replace(streams, 'instantiate(readFileSync("net.wasm"))')
    Path("page.mjs").write_text(
        'import { readFileSync } from "node:fs";\n'
        'const pixels = Float32Array.from(readFileSync("t10k-images-idx3-ubyte").subarray(16, 800), (v) => v / 255);\n'
        + script + "\nconsole.log(JSON.stringify([...probabilities]));\n", encoding="utf-8")
    seen = json.loads(page.shell("node page.mjs"))
    wanted, = json.loads(page.shell("./mnist predict --weights mnist.safetensors --json t10k-images-idx3-ubyte:0"))
    assert len(seen) == 10 and max(abs(a - b) for a, b in zip(seen, wanted["output"])) < 1e-5, (seen, wanted)


def machine(page, blocks):
    """What a model and an object without weights take there, closer than outputs are held."""
    shown = next(block.text for block in blocks if block.text.startswith("On x86_64"))
    seen = "\n".join(printed(page, "--style=rich --target").splitlines()[-3:])
    numbers = [[whole_number(n) for n in re.findall(r"\b\d[\d,]*(?= (?:MACs|bytes|of))", text)] for text in (shown, seen)]
    assert len(numbers[0]) == 8, shown
    near(*numbers, 0.01)
    stated, = re.findall(r"for Cortex-M4 takes (\S+) bytes of flash", page.text(page.name))
    refused = page.shell("cnnc emit models/mnist_convnet.cnn --weights=extern --as=obj --target=thumbv7em-none-eabihf --max-flash=1",
                         fails=True)
    near([whole_number(stated)], [whole_number(re.search(r"take (\S+) bytes", refused)[1])], 0.01)


def targets(page, blocks):
    machine(page, blocks)
    board(page)
    if not Path("net.wasm").exists():
        return
    page.shell("cnnc emit models/mnist_convnet.cnn --train --as=wasm -o train.wasm")
    text = page.text(page.name).split("## WebAssembly")[1]
    near([whole_number(n) for n in re.findall(r"of ([\d,]+) bytes", text)],
         [os.path.getsize("net.wasm"), os.path.getsize("train.wasm")], 0.02)
    if shutil.which("node"):
        in_node(page, blocks)
    else:
        page.left_out.append("WebAssembly: no node")


def many_machines(page, _):
    """All ranks together came to what one process comes to."""
    if printed(page, "--resume") is not None:
        page.shell("./mnist train --epochs 3 --out one.safetensors")
        assert Path("one.safetensors").read_bytes() == Path("mnist.safetensors").read_bytes()


def many_runs(page, _):
    tasks = [json.loads(Path(f"run-{n}.json").read_text(encoding="utf-8")) for n in range(12)]
    assert len({(task["set"]["learning_rate"], task["seed"]) for task in tasks}) == 12, tasks
    if (best := printed(page, "parallel --will-cite")) is not None:
        runs = [json.loads(line) for line in Path("runs.jsonl").read_text(encoding="utf-8").splitlines()]
        settings = {(run["set"]["learning_rate"], run["set"]["batch_size"], run["seed"]) for run in runs}
        assert settings == {(rate, batch, seed) for rate in (0.001, 0.003) for batch in (64, 128) for seed in (0, 1)}
        assert str(max(run["figures"]["val_accuracy"] for run in runs)) in best and len(runs) == 8, best
        assert all(Path(run["weights"]).exists() for run in runs), runs
    if (study := printed(page, "python3 study.py")) is not None:
        number, figure = re.match(r"(\d) \{.*\} ([0-9.]+)\n", study.splitlines(True)[-1]).groups()
        assert Path(f"trial-{number}.safetensors").exists() and 0 < float(figure) <= 1, study


def editors(page, blocks):
    """The commands that editors are told to start answer as servers do."""
    neovim = next(block.text for block in blocks if block.name == "init.lua")
    helix = Path("languages.toml").read_text(encoding="utf-8")
    told = [re.findall(r'"([^"]+)"', re.search(r"cmd = \{(.*?)\}", neovim)[1]),
            [re.search(r'^command = "(.*)"', helix, re.M)[1], *re.findall(r'"([^"]+)"', re.search(r"^args = (.*)", helix, re.M)[1])]]
    for words in told:
        ask = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
        done = subprocess.run(words, env=page.env, input=f"Content-Length: {len(ask)}\r\n\r\n{ask}", text=True,
                              capture_output=True, check=False, timeout=60)
        assert '"hoverProvider"' in done.stdout, (words, done)


def plan(page, _):
    """Of JSON the keys that the page's tables name."""
    seen = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    tables = page.text(page.name).split("## `--json`")[1].split("\n| of a kernel")
    kernels = [kernel for phase in seen["phases"] for kernel in phase["kernels"]]
    for table, has in zip(tables, (seen.keys(), {key for kernel in kernels for key in kernel})):
        keys = {key for row in re.findall(r"^\|([^|]*)\|", table, re.M) for key in re.findall(r"`(\w+)`", row)}
        assert len(keys) > 5 and keys <= has, keys - has
    assert Path("plan.svg").read_text(encoding="utf-8").count("<svg") == 1


CHECKS = {"README.md": readme, "training-object.md": training_object, "targets.md": targets, "plan.md": plan,
          "many-machines.md": many_machines, "many-runs.md": many_runs, "editors.md": editors}


def check(page, blocks):
    if page.name in CHECKS:
        CHECKS[page.name](page, blocks)
