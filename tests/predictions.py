#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""model.predict in a script: what the program prints and saves of predictions is what numpy makes of the same numbers.
    predictions.py CNNC [--write]
The numbers are made by weights that are known, so that they are the same everywhere: what numpy prints of them is in
predictions.json, which --write makes where numpy is. Where it is, the two are held to each other as well."""
import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import numpy as np
except ImportError:
    np = None
NEW_ENOUGH = np is not None and tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3)
cnnc = Path(sys.argv[1]).resolve()
expected = Path(__file__).resolve().parent / "predictions.json"

ROWS = [[0.5, 0.25, 0.125], [1.0, -0.75, 3.0], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [2.0, 2.0, 0.0], [-0.0, 0.5, 0.5]]
WIDE = [[(i * 37 + k * 101) % 997 / 997 for k in range(12)] for i in range(120)]
SMALL = [[1e-5, 2.5, -3.25e-7], [12345.678, 1e-4, 0.1]]
LARGE = [[1e9, 1.5, -2.0], [3e8, 0.25, 7.0]]
ODD = [[1.0, 20.5, -300.25], [0.001, 0.002, 0.5]]
# The shortest digits of some powers of two are not the nearest ones.
POWERS = [[2.0**87, 2.0**-109, 128.0, 2.0**28], [2.0**-28, 2.0**120, 2.0**-2, 0.0], [2.0**-20] * 4]
MILLIONS = [[865078.75, -10978002.0, -17799738.0, -419154.5], [999999.0, 1.5e5, 8e5, 7e5], [1e6, 1e6, 1e6, -2e7]]

# Each is printed by the program and, from the same array, by Python.
EXPRESSIONS = {
    "rows": [
        "p", "p[0]", "p[0][1]", "p[1, 2]", "p[-1]", "p[1:3]", "p[:, 0]", "p[::2]", "p.shape", "p.shape[0]", "len(p)",
        "p.ndim", "np.argmax(p, axis=1)", "p.argmax(axis=-1)", "p.argmax(1)", "np.argmax(p[0])", "p[2].argmax()",
        "np.argmax(p[1:2])", "p.round()", "p.round(2)", "np.round(p, 1)", "np.around(p)", "p > 0.5", "(p > 0.5).astype(int)",
        "(p >= 0.5).astype('int32')[:, 2]", "1 * (p < 0.3)", "0.5 > p", "p == 0.5", "p * 100", "100 * p[0]", "1 - p", "p / 3",
        "np.max(p[0])", "p.max()", "np.min(p, axis=1)", "p.max(axis=0)", "100 * np.max(p[0])", "int(np.argmax(p[0]))",
        "float(p[2][0])", "int(p[1][2])", "round(p[2][2], 1)", "round(p[2][2])", "str(p[0][0])", "f'{p[2][0]:.4f}'",
        "f'{100 * p[2].max():.1f}%'", "'%d of %.3f' % (np.argmax(p[1]), p[2][1])", "'{} {:>8.2%}'.format(p[0], p[2][0])",
        "'%s is %s' % (p[0], np.argmax(p[0]))",         "f'{p[0]}|{np.argmax(p[0]):5d}'", "np.argmax(p, axis=1) == np.argmax(p, axis=1)", "(p > 0.5).sum()",
        "np.mean(np.argmax(p, axis=1) == 2)", "np.sum(p > 0.2, axis=1)", "p.astype('float64')", "p[:, :1].flatten()", "p[:, :1].reshape(-1)",
        "np.expand_dims(p, -1)", "p[:, 0].astype(int)", "np.squeeze(p[:, :1])", "p.dtype", "abs(p[1][1])", "p[0][1] + p[0][0]",
    ],
    "wide": ["p", "p[0]", "p[:30]", "p[:, :3]", "np.argmax(p, axis=1)", "p > 0.5", "p[5:50, 0]", "(p * 1000).astype(int)"],
    "small": ["p", "p[0]", "p[1]", "p[:, 1]", "p[0][0]", "p[0][2]", "p * 2", "p.astype('float64')"],
    "large": ["'{} {}'.format(p[0][1], (p > 1)[0, 0])", "f'{p[1][0]}'", "p", "p[0]", "p[1]", "p[0][0]", "p.astype(int)", "p / 0.0001"],
    "powers": ["p", "p[0]", "p[1]", "p[2]", "p[0][0]", "p[1][1]", "float(p[0][0])", "p.astype('float64')", "p[2] ** 2", "-p[1] ** 0.5",
               "(-1 * p[1]) ** 0.5", "p ** -1", "(1 / p)[:, 3]", "f'{p[0][0]}'",
               "(1 / p).astype(int)", "(1 / p).astype('int32')", "(-1 / p).astype('uint8')", "p.astype('int64')", "(0 / p).astype('int16')"],
    "millions": ["p", "p[0]", "p[1]", "p[2]", "p[0][1]", "p[1][0]", "p.astype('float64')", "p[1] + 1", "p[:, 3]"],
    "odd": ["p", "p[0]", "p[1]", "p[:, 2]", "p - 0.001", "p[0] > 1"],
}
NUMBERS = {"rows": ROWS, "wide": WIDE, "small": SMALL, "large": LARGE, "odd": ODD, "powers": POWERS, "millions": MILLIONS}


def write_npy(path, rows):
    head = repr({"descr": "<f4", "fortran_order": False, "shape": (len(rows), len(rows[0]))})
    head = head.ljust(117) + "\n"
    data = struct.pack(f"<{len(rows) * len(rows[0])}f", *(v for row in rows for v in row))
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data)


def run(text, *words, code=0):
    Path("own.py").write_text(text, encoding="utf-8")
    done = subprocess.run([cnnc, "run", "--data", ".", "own.py", *words], check=False, capture_output=True, text=True)
    assert done.returncode == code, (text, done.returncode, done.stdout, done.stderr)
    return done.stdout if code == 0 else done.stderr


def script(name, lines):
    """The model gives what it is given."""
    write_npy("x.npy", NUMBERS[name])
    width = len(NUMBERS[name][0])
    return ("import numpy as np, pandas as pd\nx = np.load('x.npy')\n"
            f"model = Sequential([Input(({width},)), Activation('linear')])\n"
            "p = model.predict(x, verbose=0)\n" + "".join(lines))


def by_numpy(name, expression):
    p = np.array(NUMBERS[name], dtype=np.float32)
    return str(eval(expression, {"p": p, "np": np}))  # pylint: disable=eval-used


def prints(wanted):
    for name, expressions in EXPRESSIONS.items():
        lines = [f"print({e})\nprint('---')\n" for e in expressions]
        seen = run(script(name, lines)).split("\n---\n")
        for e, said in zip(expressions, seen):
            assert said == wanted[name][e], f"{name}: {e}: numpy prints\n{wanted[name][e]}\nthe program\n{said}"
            if NEW_ENOUGH:
                assert by_numpy(name, e) == said, (name, e)


SAVED = {  # what numpy makes of it, from p
    "np.save('a.npy', p)": "a.npy", "np.save('b', np.argmax(p, axis=1))": "b.npy", "np.save('c', p > 0.5)": "c.npy",
    "np.save('d', p[0][1])": "d.npy", "np.save('e', p.astype('float64')[:, :1])": "e.npy",
    "np.save('f', (p * -3).astype('int16'))": "f.npy", "np.savetxt('g.txt', p)": "g.txt",
    "np.savetxt('h.csv', np.argmax(p, axis=1), fmt='%d', header='Label', comments='')": "h.csv",
    "np.savetxt('new/i.csv', p, '%8.3f', ',', header='a,b,c')": "new/i.csv",
    "np.savetxt('l', p * 1e25, '%d')": "l", "np.savetxt('m', p.astype('float64') * 1e25, '%+30.3d')": "m",
    "np.savetxt('n', (p / 9).astype(int) - 1 + 1, '%.2e')": "n", "np.savetxt('o', (p * -0.1).astype(int), '%g')": "o", "np.savetxt('j', p[0], '%g')": "j",
}


def saved_by_numpy(line, name):
    Path(name).parent.mkdir(exist_ok=True)
    exec(line, {"p": np.array(ROWS, dtype=np.float32), "np": np})  # pylint: disable=exec-used
    made = Path(name).read_bytes()
    Path(name).unlink()
    return made.hex()


def saves(wanted):
    """The files of the program are those of numpy, byte for byte."""
    run(script("rows", [line + "\n" for line in SAVED]))
    for line, name in SAVED.items():
        seen = Path(name).read_bytes()
        assert seen.hex() == wanted[line], (line, seen, bytes.fromhex(wanted[line]))
        if np is not None:
            assert saved_by_numpy(line, name) == wanted[line], line
    said = run(script("rows", ["np.save('/proc/p.npy', p)\n"]), code=3)
    assert "/proc/p.npy" in said, said
    said = run(script("rows", ["np.savetxt('none.txt', 1 / p, fmt='%d')\n"]), code=1)
    assert 'is infinite, which fmt="%d" cannot write' in said and not Path("none.txt").exists(), said
    said = run(script("rows", ["np.save('x.npy', p)\n"]), code=1)
    assert "cannot write x.npy" in said, said
    said = run(script("rows", ["np.savetxt('k.csv', p, fmt=['%d', '%d', '%d'])\nnp.savetxt('k.xz', p)\nnp.save('k', x)\n"]))
    assert not Path("k.csv").exists() and not Path("k.xz").exists() and not Path("k.npy").exists(), said


def needs():
    """What is predicted is looked for before the first step."""
    for name in ("x.npy", "t.npy"):
        write_npy(name, ROWS)
    Path("fit.py").write_text("""import numpy as np
x, t = np.load('x.npy'), np.load('t.npy')
model = Sequential([Input((3,)), Dense(3)])
model.compile('sgd', 'mse')
model.fit(x, x)
print(model.predict(t).shape)
""", encoding="utf-8")
    subprocess.run([cnnc, "build", "--data", ".", "fit.py"], check=True, capture_output=True)
    Path("t.npy").unlink()
    done = subprocess.run(["./fit", "--data", "."], check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "t.npy" in done.stderr and "Epoch" not in done.stdout, done


# What pandas writes of it to t.csv.
TABLES = [
    "pd.DataFrame({'ImageId': range(1, len(p) + 1), 'Label': np.argmax(p, axis=1)}).to_csv('t.csv', index=False)",
    "pd.DataFrame({'ImageId': np.arange(1, len(p) + 1), 'Label': p.argmax(axis=1)}).to_csv('t.csv', index=False)",
    "pd.DataFrame({'id': list(range(1, 7)), 'p': p[:, 1]}).to_csv('t.csv')",
    "pd.DataFrame({'id': np.arange(6) + 1, 'p': p[:, 0]}).to_csv('t.csv')",
    "pd.DataFrame({'id': np.arange(10, -2, -2), 'p': p[:, 1] * 1e-6, 'yes': p[:, 0] > 0.3}).to_csv('t.csv', sep=';')",
    "pd.DataFrame(p, columns=['a', 'b, of 3', 'c\"']).to_csv('t.csv', index=False, float_format='%.4f')",
    "pd.DataFrame(p.astype('float64')).to_csv('t.csv', header=False)",
    "pd.DataFrame(p.argmax(axis=1), columns=['Label']).to_csv('t.csv')",
    "pd.concat([pd.Series(range(1, 7), name='ImageId'), pd.Series(p.argmax(axis=1), name='Label')], axis=1)"
    ".to_csv('t.csv', index=False)",
    "pd.Series(p[:, 2], name='p').to_csv('t.csv', index=False)",
    "s = pd.DataFrame()\ns['file'] = [f'{i}.png' if i != 3 else 'a,b' for i in range(6)]\ns['w'] = [0.5, 1.0, 2.0, 1e-7, 3.0, 1e16]"
    "\ns['w'] = p[:, 0]\ns['id'] = [3, 1, 4, 1, 5, 9]\ns.to_csv('t.csv', index=False)",
    "s = pd.read_csv('sample.csv')\ns['Label'] = p.argmax(axis=1)\ns.to_csv('t.csv', index=False)",
    "s = pd.read_csv('sample.csv')\npd.DataFrame({'id': s['id'], 'Label': p.argmax(axis=1)}).to_csv('t.csv', index=False)",
    # texts of a file
    "s = pd.read_csv('words.csv')\ns['Label'] = p.argmax(axis=1)\ns.to_csv('t.csv', index=False)",
    "s = pd.read_csv('words.csv')\npd.DataFrame({'name': s['name'], 'p': p[:, 0], 'yes': s.yes}).to_csv('t.csv', sep=';')",
    "s = pd.read_csv('words.csv', dtype=str)\ns['p'] = p[:, 1]\ns.to_csv('t.csv')",
    "s = pd.read_csv('words.csv')\ns['file'] = 'to/' + s['name'] + '.png'\ns['p'] = p[:, 2]\ns['code'] = s['kind'].map({'a': 3, 'b b': 1})"
    "\ns['same'] = s['kind'] == 'a'\ns['n'] = s['n'].apply(lambda n: f'{n:04d}')\ns['w'] = s['w'].astype(str)\ns.to_csv('t.csv', index=False)",
    "s = pd.read_csv('words.csv')[['kind', 'n']]\ns['p'] = p[:, 0]\ns.head(3).to_csv('t.csv', index=False)",
    "from sklearn.model_selection import train_test_split\ns = pd.read_csv('words.csv')\ns['p'] = p[:, 0]"
    "\na, b = train_test_split(s, test_size=0.5, random_state=3, stratify=s['kind'])\nb.to_csv('t.csv', index=False)",
    "s = pd.read_csv('words.csv')\ns['p'] = p[:, 0]\ns = s.sample(frac=0.7, random_state=1).reset_index(drop=True)\ns[1:].to_csv('t.csv', index=False)",
    "s = pd.DataFrame({'p': p[:, 0]})\nt = s.copy()\nt['q'] = s['p']\nt['r'] = t.p * 2\nt.to_csv(path_or_buf='t.csv', index=False)",
    "s = pd.DataFrame({'p': p[:, 0], 'n': range(6)})\nt = s.rename(columns={'n': 'id'})\ns.rename(columns={'p': 'q'}, inplace=True)"
    "\ns['more'] = t['p']\ns.columns = s.columns[:2].tolist() + ['r, s']\ns.to_csv('t.csv')",
    "s = pd.read_csv('words.csv')\ns.columns = [c.upper() for c in s.columns]\ns['p'] = p[:, 0]\ns = s.rename(columns={'N': 'number'})"
    "\ns = s[s.columns.drop('W')]\ns.to_csv('t.csv', index=False)",
]
LEFT_OUT = [  # what pandas would write is not known here
    "pd.DataFrame({'id': range(6), 'p': p[:, 0]}, index=range(6)).to_csv('t.csv')",
    "pd.DataFrame({'p': p[:, 0]}).sort_values('p').to_csv('t.csv')", "pd.DataFrame({'p': p[:, 0]}).to_csv('t.csv.gz')",
    "pd.DataFrame({'id': [1, 2.5, 3, 4, 5, 6], 'p': p[:, 0]}).to_csv('t.csv')", "pd.DataFrame({'x': x[:, 0]}).to_csv('t.csv')",
    "s = pd.read_csv('words.csv')\ns['p'] = p[:, 0]\ns = s.sample(frac=1, random_state=1)\ns.to_csv('t.csv')",  # with its index
    "s = pd.read_csv('words.csv')\nn = s.n\ns['p'] = p[:, 0]\ns = s[3:]\ns['m'] = n[:3]\ns.to_csv('t.csv', index=False)",
    "s = pd.read_csv('gaps.csv')\ns['p'] = p[:, 0]\ns.to_csv('t.csv')", "s = pd.read_csv('words.csv')\ns['p'] = p[:, 0]\n"
    "s['code'] = s['kind'].map({'a': 3})\ns.to_csv('t.csv')",
    "s = pd.DataFrame({'p': p[:, 0]})\ns.index += 1\ns.to_csv('t.csv')",
    # and where it was changed by what is not known
    *("s = pd.DataFrame({'p': p[:, 0]})\n" + change + "\ns.to_csv('t.csv')" for change in (
        "s.insert(0, 'id', range(6))", "s.loc[0, 'p'] = 5", "s.iloc[0, 0] = 5", "s.index.name = 'id'", "del s['p']",
        "s.rename(lambda n: n + 'q', axis=1, inplace=True)", "s.columns = range(1)", "s.columns = [7]", "s.p.replace(1, 2, inplace=True)",
        "s.values[0] = 1", "s['p'][0] = 1",
        "t = s\nt.drop(index=0, inplace=True)")),
    "s = pd.DataFrame({'p': p[:, 0]})\ns['p'] = s['p'].map(str)\npd.DataFrame({'p': s['p']}).to_csv('t.csv')",
]


def sample():
    Path("sample.csv").write_text("id,Label\n" + "".join(f"{3 * i},0\n" for i in range(6)), encoding="utf-8")
    Path("words.csv").write_text('name,kind,n,w,yes\none,a,1,0.5,True\n"two, of 3",b b,02,1.25,false\n"a ""third""",a,3,1e-7,TRUE\n'
                                 "four,b b,4,2,False\n five ,a,5,100000.0,true\n\xc4,b b,6,0.1,True\n", encoding="utf-8")
    Path("gaps.csv").write_text("name,n\n" + "a,1\n" * 3 + ",2\n" + "b,3\n" * 2, encoding="utf-8")


def by_pandas(line):
    import pandas as pd  # pylint: disable=import-outside-toplevel
    sample()
    exec(line, {"p": np.array(ROWS, dtype=np.float32), "np": np, "pd": pd})  # pylint: disable=exec-used
    return Path("t.csv").read_text(encoding="utf-8")


def held_to_file():
    """A program that has texts of a file writes them beside that file's rows, or nothing."""
    Path("held.py").write_text(script("rows", ["s = pd.read_csv('words.csv')\ns['p'] = p[:, 0]\ns.to_csv('t.csv')\n"]), encoding="utf-8")
    subprocess.run([cnnc, "build", "--data", ".", "held.py"], check=True, capture_output=True)
    for change, code in (("", 0), ("one", 1)):
        words = Path("words.csv").read_text(encoding="utf-8")
        Path("words.csv").write_text(words.replace(change, "eno") if change else words, encoding="utf-8")
        done = subprocess.run(["./held", "--data", "."], check=False, capture_output=True, text=True)
        assert done.returncode == code and Path("t.csv").exists() == (code == 0), done
        Path("t.csv").unlink(missing_ok=True)
    assert "words.csv: is another file than when the program was compiled" in done.stderr, done
    sample()


def tables(wanted):
    """Files of pandas, byte for byte."""
    sample()
    for line in TABLES:
        run(script("rows", [line + "\n"]))
        seen = Path("t.csv").read_text(encoding="utf-8")
        assert seen == wanted[line], (line, wanted[line], seen)
        Path("t.csv").unlink()
    for line in LEFT_OUT:
        run(script("rows", [line + "\n"]))
        assert not Path("t.csv").exists(), line
    printed = run(script("rows", ["s = pd.DataFrame({'p': p[:, 0]})\nprint(s['p'])\nprint(np.mean(s.p > 0.3), s.p.max())\n"]))
    assert "[0" not in printed, printed  # a Series is not printed as numpy prints its values
    held_to_file()
    said = run(script("rows", ["pd.DataFrame({'id': range(5), 'p': p[:, 0]}).to_csv('t.csv')\n"]), code=1)
    assert "the column 'p' has 6 rows, but the table has 5" in said, said


def main():
    if "--write" in sys.argv:
        made = {name: {e: by_numpy(name, e) for e in expressions} for name, expressions in EXPRESSIONS.items()}
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            made["tables"] = {line: by_pandas(line) for line in TABLES}
            made["saved"] = {line: saved_by_numpy(line, name) for line, name in SAVED.items()}
            os.chdir("/")
        expected.write_text(json.dumps(made, indent=0) + "\n", encoding="utf-8")
    wanted = json.loads(expected.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prints(wanted)
        saves(wanted["saved"])
        needs()
        tables(wanted["tables"])
        os.chdir("/")


main()
