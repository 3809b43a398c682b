// SPDX-License-Identifier: 0BSD
// A network that trains in the page: a module of `cnnc emit --train`, and the weights to begin with. A step is the
// model's own, with its loss, its optimiser and its rate.
"use strict";

async function openTraining(data) {
    const { calls, info, room, floats } = await openModule(data.module);
    const inputs = SIDE * SIDE, outputs = info.output_shape[0], labelBytes = info.label_classes ? 4 : outputs * 4;
    const params = room(info.params_bytes), state = room(info.state_bytes), workspace = room(info.workspace_bytes);
    const x = room(info.batch_size * inputs * 4), y = room(info.batch_size * labelBytes);
    const answer = room(outputs * 4), predicting = room(info.predict_bytes);
    const trained = new Float32Array(await unpack(data.weights));
    const all = floats(params, info.params_bytes / 4); // memory stays where it is from here on

    const weight = ({ at, shape }) => all.subarray(at, at + shape.reduce((a, v) => a * v, 1));

    // The first convolution's, as they are now.
    function first() {
        const [kernel, bias] = info.weights, { shape } = kernel;
        if (!kernel.name.endsWith("/kernel") || shape.length !== 4 || shape[2] !== 1) return null;
        const has = bias?.name === kernel.name.replace(/kernel$/, "bias");
        return { shape, kernel: weight(kernel), bias: has ? weight(bias) : new Float32Array(shape[3]) };
    }

    function put(i, { bytes, label }) {
        floats(x + i * inputs * 4, inputs).set(scaled(bytes));
        if (info.label_classes) new Int32Array(calls.memory.buffer, y + i * 4, 1)[0] = label;
        else floats(y + i * outputs * 4, outputs).fill(0)[label] = 1;
    }

    // From the weights that were given, or from nothing.
    function begin(seed) {
        if (seed === undefined) all.set(trained);
        else calls.net_init(params, seed);
        calls.net_start(state, seed ?? 0);
        new Uint8Array(calls.memory.buffer, workspace, info.workspace_bytes).fill(0);
    }

    begin();
    return {
        names: namesOf(info),
        first: first(),
        predict(bytes) {
            floats(x, inputs).set(scaled(bytes));
            calls.net_predict(x, answer, 1, params, predicting);
            return floats(answer, outputs).slice();
        },
        begin,
        step(samples) { // the loss: of the last ones, as many as a step takes
            const taken = samples.slice(-info.batch_size);
            taken.forEach((sample, i) => put(i, sample));
            return calls.net_train_step(x, y, taken.length, params, state, workspace);
        },
        weights: () => info.weights.map((of) => ({ name: of.name, shape: of.shape, values: weight(of) })),
    };
}

// A file of weights, which a program reads: the length of its header, the header, the weights one after the other.
function safetensors(weights) {
    let at = 0;
    const head = weights.map(({ name, shape, values }) =>
        [name, { dtype: "F32", shape, data_offsets: [at, (at += values.byteLength)] }]);
    let text = JSON.stringify(Object.fromEntries(head));
    text += " ".repeat(-text.length & 7);
    const length = new DataView(new ArrayBuffer(8));
    length.setUint32(0, text.length, true);
    return new Blob([length, text, ...weights.map(({ values }) => values)]);
}
