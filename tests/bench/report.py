# SPDX-License-Identifier: MIT
"""The figures of bench.py as Markdown and as a bar chart in SVG. Both show the same panels: a title,
and for each model a cell (best, median) or None a series."""
import math
from itertools import cycle
from xml.sax.saxutils import escape


def threads_text(n):
    return f"{n} thread" + ("" if str(n) == "1" else "s")


def cell(figures, best, median):
    """A (best, median), or None if this was not measured."""
    value = (figures or {}).get(best)
    return None if value is None else (value, figures.get(median))


def panels(figures):
    """[(title, [series], {model: [cell]})], figures in us."""
    threads = [str(n) for n in figures["settings"]["threads"]]
    peers = list(dict.fromkeys(peer for model in figures["models"].values() for peer in model["peers"]))
    training, one, many = {}, {}, {}
    for name, model in figures["models"].items():
        program, first = model["program"], threads[0]
        by = {(peer, n): model["peers"].get(peer, {}).get(n) for peer in peers for n in threads}
        key = "train_us_sample_best", "train_us_sample_median"
        training[name] = [cell(program[n], *key) for n in threads] + [cell(by[of], *key) for of in by]
        key = "infer1_us_best", "infer1_us_median"
        one[name] = [cell(of, *key) for of in (model["object"], program[first])]
        one[name] += [cell(by[peer, first], *key) for peer in peers]
        key = "infer_batch_us_sample_best", "infer_batch_us_sample_median"
        many[name] = [cell(model["object"], *key)] + [cell(program[n], *key) for n in threads]
        many[name] += [cell(by[of], *key) for of in by]
    all_threads = [f"{who}, {threads_text(n)}" for who in ["cnnc", *peers] for n in threads]
    n = threads_text(threads[0])
    return [("Training, a sample", all_threads, training),
            ("Inference of one sample", ["object, 1 thread", *(f"{who}, {n}" for who in ["cnnc", *peers])], one),
            ("Inference in batches, a sample", ["object, 1 thread", *all_threads], many)]


def measured(panel):
    """The panel without the series that nobody has."""
    title, series, rows = panel
    kept = [i for i in range(len(series)) if any(row[i] for row in rows.values())]
    return title, [series[i] for i in kept], {m: [row[i] for i in kept] for m, row in rows.items()}


def number(value):
    """Three digits that count."""
    return "" if value is None else f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}" \
        if value > 0 else "0"


def headline(figures):
    machine, versions = figures["machine"], figures["versions"]
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}; {figures['date']}",
            ", ".join(f"{name} {version}" for name, version in versions.items()))


# ---- Markdown

def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def pair(value):
    return "" if value is None else " / ".join(number(v) for v in value)


def epoch_lines(figures):
    if not figures["epochs"]:
        return []
    keras = figures["models"].get("models/mnist_convnet", {}).get("peers", {}).get("Keras", {})
    rows = []
    for n, row in figures["epochs"].items():
        per_sample = keras.get(n, {}).get("train_us_sample_whole")
        whole = per_sample * row["samples"] / 1e6 if per_sample else None
        rows.append([n, number(row["seconds"]), number(row.get("prototype_seconds")), number(whole),
                     number(row["max_rss_mb"])])
    samples = next(iter(figures["epochs"].values()))["samples"]
    return [f"## MNIST: an epoch of {samples:,} samples, models/mnist_convnet.cnn, s", ""] + \
        table(["threads", "cnnc", "prototype", "Keras *", "memory of cnnc's, MB"], rows) + \
        ["The best of the run's epochs. * Keras's time a sample above, times the samples.", ""]


def size_lines(figures):
    rows = []
    for name, model in figures["models"].items():
        program, net = model["program"].values(), model["object"]
        rows.append([name, f"{next(iter(program))['parameters']:,}", number(model["compile_ms"]),
                     f"{model['program_bytes'] / 1e3:.0f}", f"{net['bytes'] / 1e3:.0f}",
                     f"{(net['code_bytes'] or 0) / 1e3:.1f}",
                     number(max(p["max_rss_mb"] or 0 for p in program))])
    return ["## Compiling, sizes, memory", ""] + \
        table(["model", "parameters", "`cnnc build`, ms", "program, kB", "object, kB",
               "its code, kB", "memory of `bench`, MB"], rows) + \
        [f"`cnnc --version` takes {number(figures['version_ms'])} ms.", ""]


def ratio_lines(figures):
    """How many times as long the fastest of the others takes; below 1 it wins."""
    rows, of_all = [], panels(figures)
    for name in figures["models"]:
        row = [name]
        for _, series, cells in of_all:
            for n in figures["settings"]["threads"]:
                here = [(c[0], s) for c, s in zip(cells[name], series) if c and s.endswith(f", {threads_text(n)}")]
                ours = [c for c in here if c[1].startswith("cnnc")]
                others = [c for c in here if not c[1].startswith(("cnnc", "object"))]
                row.append(f"{min(others)[0] / min(ours)[0]:.2f} ({min(others)[1].split(',')[0]})"
                           if ours and others else "")
        rows.append(row)
    head = [f"{what}, {threads_text(n)}" for what in ("training", "one", "batches")
            for n in figures["settings"]["threads"]]
    kept = [i for i in range(len(head)) if any(row[1 + i] for row in rows)]
    if not kept:
        return []
    return ["## The fastest of the others, in times of cnnc's time", ""] + \
        table(["model", *(head[i] for i in kept)], [[row[0], *(row[1 + i] for i in kept)] for row in rows]) + \
        ["Below 1 it is faster than cnnc.", ""]


def kernel_lines(figures):
    """Where a training step's time goes: each model's dearest kernels."""
    top, rows = 5, []
    for name, model in figures["models"].items():
        kernels = next(iter(model["program"].values()))["kernels"]
        kernels = [k for k in kernels if k["run"] == "train"]
        for k in sorted(kernels, key=lambda k: -k["share"])[:top]:
            peak = k["of_peak"]
            rows.append([name, k["name"], k["variant"], f"{number(k['us'])} a {k['per']}",
                         f"{100 * k['share']:.1f} %", number(k["gflops"]),
                         f"{100 * peak:.0f} %" if peak else ""])
    return ["## Training, 1 thread: the dearest kernels", ""] + \
        table(["model", "kernel", "variant", "us", "share", "GFLOP/s", "of the peak"], rows)


def markdown(figures):
    lines = ["# Figures", "", *(line + "  " for line in headline(figures)), ""]
    for title, series, rows in map(measured, panels(figures)):
        lines += [f"## {title}, us", ""]
        lines += table(["model", *series], [[m, *map(pair, row)] for m, row in rows.items()])
    lines += ["Best / median of single runs: steps of training, at each model's own batch size, one sample, a batch",
              "of that size (128 for the object). Everybody's predictions agreed before they were timed.", ""]
    lines += ratio_lines(figures)
    return "\n".join(lines + epoch_lines(figures) + size_lines(figures) + kernel_lines(figures))


# ---- SVG

WIDTH, LEFT, RIGHT = 900, 190, 90  # the names of the models; the figure behind the longest bar
BAR, GAP, HEAD, LINE = 13, 10, 62, 15  # a bar; between models; a panel's title, legend and axis; a further line of it
COLOURS = ("#1f5fa8", "#78aee0", "#c8641e", "#efb07c", "#5c8a3a", "#a3c884", "#8a6bb0", "#c5b3dc", "#b84a62",
           "#e3a3b0", "#777777", "#bbbbbb", "#3a8a85")
LOG_FROM = 20  # largest over smallest value from which an axis is logarithmic


class Axis:
    """Values to horizontal places; `ticks` are labelled."""

    def __init__(self, values):
        self.log = max(values) > LOG_FROM * min(values)
        if self.log:
            low, high = math.floor(math.log10(min(values) * 0.8)), math.ceil(math.log10(max(values)))
            self.low, self.high = low, max(high, low + 1)
            self.ticks = [10.0 ** e for e in range(self.low, self.high + 1)]
        else:
            step = 10.0 ** math.floor(math.log10(max(values)))
            self.low, self.high = 0, step * math.ceil(max(values) / step)
            self.ticks = [self.high * k / 4 for k in range(5)]

    def place(self, value):
        at = math.log10(value) if self.log else value
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - self.low) / (self.high - self.low)


def text(x, y, what, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" {more}>{escape(what)}</text>'


def draw_panel(panel, y):
    """The panel's elements from y on, and where it ends."""
    title, series, rows = panel
    axis = Axis([c[0] for row in rows.values() for c in row if c])
    scale = "logarithmic" if axis.log else "linear"
    out = [text(10, y + 16, f"{title}: us, best run, {scale} axis", 'class="title"')]
    x = LEFT
    for colour, name in zip(cycle(COLOURS), series):
        wide = 30 + 7 * len(name)
        if x + wide > WIDTH:
            x, y = LEFT, y + LINE
        out.append(f'<rect x="{x}" y="{y + 25}" width="10" height="10" fill="{colour}"/>')
        out.append(text(x + 14, y + 34, name))
        x += wide
    top = y + HEAD
    bottom = top + sum(GAP + BAR * sum(c is not None for c in row) for row in rows.values())
    for tick in axis.ticks:
        at = axis.place(tick)
        out.append(f'<path d="M{at:.1f} {top - 4}V{bottom}" class="tick"/>')
        out.append(text(at, top - 8, f"{tick:g}", 'text-anchor="middle" class="small"'))
    y = top
    for model, row in rows.items():
        cells = [(colour, c[0]) for colour, c in zip(cycle(COLOURS), row) if c]
        if cells:
            middle = y + BAR * len(cells) / 2 + 4
            out.append(text(LEFT - 8, middle, model, 'text-anchor="end"'))
        for colour, value in cells:
            width = axis.place(value) - LEFT
            out.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{colour}"/>')
            out.append(text(LEFT + width + 4, y + BAR - 3, number(value), 'class="small"'))
            y += BAR
        y += GAP
    return out, y + 10


def svg(figures):
    y, out = 50, [text(10, 18 + 16 * i, line, 'class="small"')
                  for i, line in enumerate(headline(figures))]
    for panel in map(measured, panels(figures)):
        if panel[1]:
            more, y = draw_panel(panel, y)
            out += more
    style = ("text{font:12px sans-serif;fill:#222}.title{font-weight:bold;font-size:14px}"
             ".small{font-size:11px;fill:#555}.tick{stroke:#ccc}")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}">',
        f"<style>{style}</style>", f'<rect width="{WIDTH}" height="{y}" fill="white"/>', *out, "</svg>", ""])
