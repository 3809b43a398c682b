# SPDX-License-Identifier: MIT
"""What else runs a model, each behind the same few words: a peer is made of a Keras model and a number of threads,
`run(x)` gives a function without arguments that predicts x, `answer(x)` what it gives. Keras and PyTorch train as
well: `train(x, y, batch, seconds)` gives microseconds a sample.

Weights are those of the Keras model, so that all answers can be compared."""
import os
import statistics
import tempfile
import time

EPOCHS = 3


class Untranslated(Exception):
    """The model has what this peer, or our translation to it, does not know."""


def times(run, seconds, least=5):
    """Best and median time of a call, in us, after a warm-up."""
    start = time.perf_counter()
    for _ in range(3):
        run()
    while time.perf_counter() - start < seconds / 4:
        run()
    taken, start = [], time.perf_counter()
    while len(taken) < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        run()
        taken.append((time.perf_counter() - before) * 1e6)
    return min(taken), statistics.median(taken)


class Keras:
    modules = ("keras",)

    def __init__(self, model, threads):
        self.model, self.function = model, None
        if os.environ["KERAS_BACKEND"] == "tensorflow":  # predict() is no way to ask for one answer
            import tensorflow as tf
            self.tf, self.function = tf, tf.function(lambda x: model(x, training=False))

    def run(self, x):
        if self.function is None:
            return lambda: self.model.predict(x, batch_size=len(x), verbose=0)
        x = self.tf.constant(x)
        return lambda: self.function(x)

    def answer(self, x):
        return self.model.predict(x, batch_size=len(x), verbose=0)

    def train(self, x, y, batch, seconds):
        import keras

        class Steps(keras.callbacks.Callback):
            taken = []

            def on_train_batch_begin(self, batch, logs=None):
                self.start = time.perf_counter()

            def on_train_batch_end(self, batch, logs=None):
                self.taken.append(time.perf_counter() - self.start)

        self.model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
        start = time.perf_counter()
        self.model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0)
        whole = time.perf_counter() - start
        steps = Steps()  # in a run of its own: its calls take time
        self.model.fit(x, y, batch_size=batch, epochs=1, verbose=0, callbacks=[steps])
        return {"train_us_sample_whole": whole * 1e6 / (EPOCHS * len(x)),
                "train_us_sample_best": min(steps.taken) * 1e6 / batch,
                "train_us_sample_median": statistics.median(steps.taken) * 1e6 / batch}


def exported(model, format_name):
    """A folder with the model as Keras exports it: its `with` removes it."""
    folder = tempfile.TemporaryDirectory()
    path = os.path.join(folder.name, "model" + (".onnx" if format_name == "onnx" else ""))
    model.export(path, verbose=False, **({"format": "onnx"} if format_name == "onnx" else {}))
    return folder, path


class OnnxRuntime:
    modules = ("onnxruntime", "onnx", "tf2onnx")

    def __init__(self, model, threads):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        folder, path = exported(model, "onnx")
        with folder:
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def run(self, x):
        return lambda: self.session.run(None, {self.name: x})

    def answer(self, x):
        return self.run(x)()[0]


class OpenVino:
    modules = ("openvino", "onnx", "tf2onnx")

    def __init__(self, model, threads):
        import openvino
        self.core, self.tensor, self.threads = openvino.Core(), openvino.Tensor, threads
        self.folder, self.path = exported(model, "onnx")  # a shape is compiled for itself

    def request(self, x):
        network = self.core.read_model(self.path)
        network.reshape({0: list(x.shape)})
        settings = {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_PRECISION_HINT": "f32"}  # of bfloat16 nothing is asked of the others either
        request = self.core.compile_model(network, "CPU", settings).create_infer_request()
        request.set_input_tensor(self.tensor(x, shared_memory=True))
        return request

    def run(self, x):
        return self.request(x).infer

    def answer(self, x):
        request = self.request(x)
        request.infer()
        return request.get_output_tensor().data


class LiteRt:
    modules = ("ai_edge_litert", "tensorflow")

    def __init__(self, model, threads):
        import tensorflow
        from ai_edge_litert.interpreter import Interpreter
        folder, path = exported(model, "saved model")
        with folder:
            content = tensorflow.lite.TFLiteConverter.from_saved_model(path).convert()
        self.make = lambda: Interpreter(model_content=content, num_threads=threads)

    def interpreter(self, x):
        made = self.make()
        index = made.get_input_details()[0]["index"]
        made.resize_tensor_input(index, list(x.shape))
        made.allocate_tensors()
        made.set_tensor(index, x)
        return made

    def run(self, x):
        return self.interpreter(x).invoke

    def answer(self, x):
        made = self.interpreter(x)
        made.invoke()
        return made.get_tensor(made.get_output_details()[0]["index"])


class Torch:
    """PyTorch as its users write it: eager, fused Adam, and the faster of its two orders of memory."""
    modules = ("torch",)

    def __init__(self, model, threads):
        import torch
        import torch_net
        torch.set_num_threads(threads)
        self.torch, self.net, self.fit = torch, *torch_net.of(model)
        self.images = len(model.input_shape) == 4
        self.orders = [torch.contiguous_format] + [torch.channels_last] * self.images

    def tensor(self, x, order):
        x = self.torch.from_numpy(x)
        return x.permute(0, 3, 1, 2).contiguous(memory_format=order) if self.images else x

    def predicts(self, x, order):
        net, x = self.net.to(memory_format=order).eval(), self.tensor(x, order)

        def run():
            with self.torch.inference_mode():
                return net(x)
        return run

    def run(self, x):
        taken = {order: times(self.predicts(x, order), 0.2)[0] for order in self.orders}
        return self.predicts(x, min(taken, key=taken.get))

    def answer(self, x):
        out = self.predicts(x, self.torch.contiguous_format)()
        return (out.permute(0, 2, 3, 1) if out.ndim == 4 else out).numpy()

    def step(self, x, y, order):
        net, x, y = self.net.to(memory_format=order).train(), self.tensor(x, order), self.torch.from_numpy(y)
        loss, optimiser = self.fit(net)

        def run():
            optimiser.zero_grad(set_to_none=True)
            loss(net, x, y).backward()
            optimiser.step()
        return run

    def train(self, x, y, batch, seconds):
        best, median = min(times(self.step(x[:batch], y[:batch], order), 2 * seconds) for order in self.orders)
        return {"train_us_sample_best": best / batch, "train_us_sample_median": median / batch}


PEERS = {"Keras": Keras, "PyTorch": Torch, "ONNX Runtime": OnnxRuntime, "OpenVINO": OpenVino, "LiteRT": LiteRt}
