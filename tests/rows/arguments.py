# SPDX-License-Identifier: MIT
"""What random models draw beside layers and their figures: optimisers, losses and metrics with arguments, and
regularisers and constraints of layers. Each is a name with values that its arguments may have."""
import re

SCHEDULES = [
    "ExponentialDecay({rate}, 2, 0.5, staircase={flag})", "CosineDecay({rate}, 4, alpha=0.2)",
    "CosineDecay({rate}, 4, warmup_target={rate}, warmup_steps=2)", "CosineDecayRestarts({rate}, 2, t_mul=1.5, m_mul=0.8, alpha=0.1)",
    "InverseTimeDecay({rate}, 2, 0.5, staircase={flag})", "PiecewiseConstantDecay([0, 1], [{rate}, 0.001, {rate}])",
    "PolynomialDecay({rate}, 2, end_learning_rate=0.001, power=2.0, cycle={flag})"]
BETAS = {"beta_1": [0.5, 0.8], "beta_2": [0.9, 0.95]}
# Of each optimiser: the rate; what is always given, so that no step is rounding; and what may be.
OPTIMIZERS = {
    "SGD": (0.05, "", {"momentum": [0.5, 0.9], "nesterov": [True]}),
    "Adam": (0.002, "epsilon=1e-4", {**BETAS, "amsgrad": [True]}),
    "AdamW": (0.002, "epsilon=1e-4", {**BETAS, "amsgrad": [True]}),
    "Adamax": (0.002, "epsilon=1e-4", BETAS),
    "Nadam": (0.002, "epsilon=1e-4", BETAS),
    "Lamb": (0.01, "epsilon=1e-4", BETAS),
    "Lion": (0.002, "", BETAS),
    "RMSprop": (0.002, "epsilon=1e-4", {"rho": [0.5, 0.8], "momentum": [0.5], "centered": [True]}),
    "Adadelta": (0.5, "epsilon=1e-4", {"rho": [0.5, 0.8]}),
    "Adagrad": (0.05, "", {"initial_accumulator_value": [0.5], "epsilon": [1e-3]}),
    "Ftrl": (0.05, "", {"learning_rate_power": [-0.8], "initial_accumulator_value": [0.3], "beta": [0.1],
                        "l1_regularization_strength": [0.01], "l2_regularization_strength": [0.1],
                        "l2_shrinkage_regularization_strength": [0.05]}),
    "Adafactor": (0.05, "epsilon_1=1e-6", {"beta_2_decay": [-0.5], "epsilon_2": [0.1], "clip_threshold": [0.5],
                                           "relative_step": [False]}),
    "Muon": (0.01, "epsilon=1e-4, ns_steps=3", {
        "adam_beta_1": [0.5], "adam_beta_2": [0.9], "adam_weight_decay": [None, 0.1], "exclude_embeddings": [False],
        "exclude_layers": [["dense"], ["nowhere", "dense_1/k"]],
        "muon_a": [2.0], "muon_b": [-1.5], "muon_c": [0.5], "adam_lr_ratio": [0.5], "momentum": [0.5],
        "nesterov": [False], "rms_rate": [None, 0.5]}),
}
AROUND = [{"weight_decay": 0.05}, {"clipnorm": 0.2}, {"clipvalue": 0.05}, {"global_clipnorm": 0.5}, {"use_ema": True},
          {"use_ema": True, "ema_momentum": 0.5}, {"use_ema": True, "ema_overwrite_frequency": 2},
          {"loss_scale_factor": 8.0}, {"gradient_accumulation_steps": 2}]


def random_optimizer(draw):
    name = draw.choice([*OPTIMIZERS])
    rate, always, table = OPTIMIZERS[name]
    given = {key: draw.choice(table[key]) for key in draw.sample([*table], draw.randint(0, min(3, len(table))))}
    for more in draw.sample(AROUND, draw.choice([0, 1, 1, 2])):
        if not any("clip" in key for key in given) or not any("clip" in key for key in more):
            given |= more
    if draw.random() < 0.3:
        rate = "keras.optimizers.schedules." + draw.choice(SCHEDULES).format(rate=rate, flag=draw.random() < 0.5)
    words = [str(rate), *[always] * bool(always), *(f"{key}={value}" for key, value in given.items())]
    return f"keras.optimizers.{name}({', '.join(words)})"


# ---- losses: a name with the arguments that may be drawn

REDUCTIONS = ["sum", "mean", "mean_with_sample_weight"]
LOSS_MORE = {"categorical_focal_crossentropy": ["alpha=0.6", "label_smoothing=0.1", "axis=1"],
             "binary_focal_crossentropy": ["axis=1"], "categorical_crossentropy": ["axis=1"],
             "binary_crossentropy": ["axis=1"], "sparse_categorical_crossentropy": ["ignore_class=1", "axis=1"],
             "cosine_similarity": ["axis=1"], "categorical_generalized_cross_entropy": ["q=0.7"]}


def random_loss_arguments(draw, model):
    """Those that it has, and now and then more."""
    given = [model.loss_arguments] if model.loss_arguments else []
    more = [text for text in LOSS_MORE.get(model.loss, []) if len(model.shape) == 1]
    if more and draw.random() < 0.4:
        given.append(draw.choice(more))
    elif draw.random() < 0.2 and "reduction" not in model.loss_arguments:
        given.append(f'reduction="{draw.choice(REDUCTIONS)}"')
    return ", ".join(given)


# ---- metrics, of vectors of K outputs

OF_BOTH = ["MeanIoU({k}, sparse_y_pred=False{truth})", "IoU({k}, [0, 1], sparse_y_pred=False{truth}, ignore_class=1)"]
OF_CLASSES = [*OF_BOTH, "SparseCategoricalAccuracy()", "SparseTopKCategoricalAccuracy(k=2)"]
OF_VALUES = [
    *OF_BOTH, "CategoricalAccuracy()", "TopKCategoricalAccuracy(k=2)", "BinaryAccuracy(threshold=0.3)", "MeanSquaredError()",
    "MeanAbsoluteError()", "RootMeanSquaredError()", "MeanAbsolutePercentageError()", "MeanSquaredLogarithmicError()", "LogCoshError()",
    "CosineSimilarity()", "R2Score()", "R2Score(class_aggregation=None)", "R2Score(num_regressors=2)", "Hinge()", "SquaredHinge()",
    "CategoricalHinge()", "KLDivergence()", "Poisson()", "Precision()", "Precision([0.2, 0.5])", "Precision(top_k=1)",
    "Precision(class_id=1)", "Recall([0.4, 0.1, 0.3], top_k=2)", "Recall(0.3, class_id=0)", "TruePositives([0.2, 0.3])", "FalsePositives(0.3)",
    "TrueNegatives([0.2, 0.6])", "FalseNegatives(0.4)", "AUC(20)", 'AUC(50, curve="PR", summation_method="majoring")',
    "AUC(thresholds=[0.2, 0.6])", "AUC(30, multi_label=True, num_labels={k})", "AUC(30, label_weights=[0.5] * {k})", "F1Score()",
    'F1Score("macro", threshold=0.4)', 'FBetaScore("weighted", beta=2.0)', "FBetaScore(threshold=0.2)",
    "SensitivityAtSpecificity(0.5, 20)", "SpecificityAtSensitivity(0.4, 20, class_id=1)", "PrecisionAtRecall(0.5, 20)",
    "RecallAtPrecision(0.3, 20)", "SensitivityAtSpecificity(0.6, class_id=0)", "PrecisionAtRecall(0.4, class_id=0)", "RecallAtPrecision(0.4, class_id=0)",
    "PearsonCorrelation()", "PearsonCorrelation(axis=1)", "ConcordanceCorrelation(axis=1)", "CosineSimilarity(axis=1)",
    "OneHotIoU({k}, [0, 1], axis=1)", "OneHotIoU({k}, [0], ignore_class=1)", "OneHotMeanIoU({k}, axis=1)", "OneHotMeanIoU({k}, ignore_class=0)",
    "BinaryIoU([1], threshold=0.3)", "MeanIoU(2, axis=1)", "MeanIoU(3, ignore_class=0)", "IoU(2, [0], axis=1)"]
LOSSES = ["Dice()", "dice", "Tversky(alpha=0.2, beta=0.9)", "tversky", "Dice(axis=-1)", "Huber(delta=0.2)", "log_cosh",
          "cosine_similarity"]  # in the place of metrics, also of outputs of several dimensions
ENTROPIES = {
    "categorical_crossentropy": ["CategoricalCrossentropy({l})", "CategoricalCrossentropy({l}label_smoothing=0.1)", "CategoricalCrossentropy({l}axis=1)"],
    "sparse_categorical_crossentropy": ["SparseCategoricalCrossentropy({l})", "SparseCategoricalCrossentropy({l}axis=1)"],
    "binary_crossentropy": ["BinaryCrossentropy({l})", "BinaryCrossentropy({l}label_smoothing=0.1)", "AUC(20, from_logits=True)"]}
MOST_METRICS = 3


def random_metrics(draw, model):
    """Some that go with the model's loss and outputs."""
    k = model.shape[0]
    classes = model.loss.startswith("sparse")
    if "generalized" in model.loss or re.search(r"axis=\(", model.loss_arguments):
        return []
    if not classes and draw.random() < 0.2:
        return [f"keras.losses.{text}" for text in draw.sample(LOSSES, draw.randint(1, MOST_METRICS))]
    if len(model.shape) > 1 or k < 2 or model.loss in ("dice", "tversky"):
        return []
    logits = "from_logits=True, " if "from_logits=True" in model.loss_arguments else ""
    known = OF_CLASSES if classes else OF_VALUES
    if draw.random() < 0.3:
        known = ENTROPIES.get(model.loss, known)
    if k > 100:  # too many classes, or weights of labels
        known = [text for text in known if "IoU" not in text and "label_weights" not in text]
    truth = "" if classes else ", sparse_y_true=False"
    return [f"keras.metrics.{text.format(k=k, truth=truth, l=logits)}"
            for text in draw.sample(known, min(len(known), draw.randint(1, MOST_METRICS)))]


# ---- regularisers, constraints, and the rest of a layer's arguments

WEIGHTS = {"Dense": "kernel bias", "Conv1D": "kernel bias", "Conv2D": "kernel bias", "Conv1DTranspose": "kernel bias",
           "Conv2DTranspose": "kernel bias", "DepthwiseConv1D": "depthwise bias", "DepthwiseConv2D": "depthwise bias",
           "SeparableConv1D": "depthwise pointwise bias", "SeparableConv2D": "depthwise pointwise bias",
           "BatchNormalization": "gamma beta", "LayerNormalization": "gamma beta", "GroupNormalization": "gamma beta",
           "PReLU": "alpha"}
PENALTIES = ['"l2"', "keras.regularizers.L1L2(l1=0.002, l2=0.02)", "keras.regularizers.L1(0.02)", "keras.regularizers.L2(0.03)"]
CONSTRAINTS = ['"non_neg"', "keras.constraints.MaxNorm(0.5)", "keras.constraints.MaxNorm(0.4, axis=-1)", "keras.constraints.UnitNorm(axis=-1)",
               "keras.constraints.MinMaxNorm(0.2, 0.5, rate=0.5)", "keras.constraints.MinMaxNorm(0.1, 0.6, axis=-1)"]
FEW_UNITS = 8  # whose pairs are far from orthogonal
MORE = {  # what changes no shape
    "ReLU": {"threshold": [0.1]}, "LayerNormalization": {"center": [False]}, "GroupNormalization": {"center": [False], "scale": [False]},
    **dict.fromkeys(["SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "RandomCrop", "RandomContrast",
                     "RandomBrightness"], {"seed": [3]})}


def name_of(layer):
    return layer[:layer.index("(")]


def with_more(draw, layer):
    """The layer's text, one in four times with another argument."""
    table = MORE.get(name_of(layer), {})
    given = [f"{key}={draw.choice(values)}" for key, values in table.items() if key not in layer and draw.random() < 0.25]
    if not given:
        return layer
    return layer[:-1] + ("" if layer.endswith("()") else ", ") + ", ".join(given) + ")"


def regularised(draw, layer, before):
    """The layer's text, one in three times with regularisers and constraints."""
    weights = WEIGHTS.get(name_of(layer), "").split()
    if not weights or draw.random() < 0.67:
        return layer
    names = [f"{weight}_regularizer" for weight in weights] + ["activity_regularizer"] * ("bias" in weights)
    more = [f"{name}={draw.choice(PENALTIES)}" for name in draw.sample(names, draw.randint(1, min(3, len(names))))]
    units, inputs = (re.match(r"Dense\((\d+)", text) for text in (layer, before))
    if units and 1 < int(units[1]) <= FEW_UNITS and draw.random() < 0.3:
        mode = '"rows"' if inputs and 1 < int(inputs[1]) <= FEW_UNITS else '"columns"'
        more = [f"kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.02, mode={mode})"]
    if draw.random() < 0.5:
        constrained = draw.sample(weights, draw.randint(1, len(weights)))
        more += [f"{weight}_constraint={draw.choice(CONSTRAINTS)}" for weight in constrained]
    return layer[:-1] + ("" if layer.endswith("()") else ", ") + ", ".join(more) + ")"
