#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes scaled_cases.def: what scikit-learn's scalers make of a few rows, to the last bit.

    python3 scaled_cases.py > scaled_cases.def
"""
import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

ROWS, COLUMNS = 9, 4
SCALERS = [
    ("FIT_STANDARD, 1, 1, 0, 0", StandardScaler()),
    ("FIT_STANDARD, 0, 1, 0, 0", StandardScaler(with_mean=False)),
    ("FIT_STANDARD, 1, 0, 0, 0", StandardScaler(with_std=False)),
    ("FIT_RANGE, 1, 1, 0, 1", MinMaxScaler()),
    ("FIT_RANGE, 1, 1, -1.1, 0.3", MinMaxScaler((-1.1, 0.3))),
    ("FIT_LARGEST, 1, 1, 0, 0", MaxAbsScaler()),
    ("FIT_ROBUST, 1, 1, 25, 75", RobustScaler()),
    ("FIT_ROBUST, 1, 1, 7.7, 93", RobustScaler(quantile_range=(7.7, 93))),
    ("FIT_ROBUST, 0, 1, 10, 20", RobustScaler(with_centering=False, quantile_range=(10, 20))),
    ("FIT_ROBUST, 1, 0, 10, 20", RobustScaler(with_scaling=False)),
]
NORMS = [("NORM_LENGTH", "l2"), ("NORM_SUM", "l1"), ("NORM_MOST", "max")]


def listed(values):
    return "{" + ", ".join("NAN" if np.isnan(v) else float(v).hex() for v in np.ravel(values)) + "}"


def main():
    rng = np.random.RandomState(0)
    x = rng.randn(ROWS, COLUMNS) * [1, 1000, 1e-5, 0] + [0.3, -7, 1, 0.1]
    x[4, 0] = np.nan
    print("// SPDX-License-Identifier: MIT")
    print("// Written by scaled_cases.py. clang-format off")
    for code, kind in (("CNN_F8", "float64"), ("CNN_F4", "float32")):
        rows = x.astype(kind)
        print(f"ROWS({code}, {listed(rows)})")
        for text, scaler in SCALERS:
            fitted = scaler.fit(rows[:8])
            print(f"SCALED({code}, {text}, {listed(fitted.transform(rows))})")
        whole = np.nan_to_num(rows)
        for text, norm in NORMS:
            print(f"NORMALIZED({code}, {text}, {listed(Normalizer(norm).fit_transform(whole))})")


main()
