// SPDX-License-Identifier: 0BSD
// The network of the page: a module of WebAssembly that cnnc made, compressed, as text. This one predicts and has its
// weights in it; train.js has the one that trains.
"use strict";

const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function unpack(text) {
    return new Response(new Blob([decode(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

// Its calls, what it says of itself, and memory: room(bytes) is the caller's for good.
async function openModule(code) {
    const { instance: { exports: calls } } = await WebAssembly.instantiate(await unpack(code));
    const text = new Uint8Array(calls.memory.buffer, calls.net_info());
    const info = JSON.parse(new TextDecoder().decode(text.subarray(0, text.indexOf(0))));
    let end = calls.__heap_base.value;
    const room = (bytes) => {
        const at = (end + 63) & ~63, missing = at + bytes - calls.memory.buffer.byteLength;
        if (missing > 0) calls.memory.grow(Math.ceil(missing / 65536));
        end = at + bytes;
        return at;
    };
    return { calls, info, room, floats: (at, count) => new Float32Array(calls.memory.buffer, at, count) };
}

function namesOf(info) {
    return info.class_names.length ? info.class_names : Array.from({ length: info.output_shape[0] }, (_, i) => String(i));
}

// Bytes as they are in the data, which training divides by 255.
const scaled = (bytes) => Float32Array.from(bytes, (value) => value / 255);

async function openNetwork(data) {
    if (data.weights) return openTraining(data);
    const { calls, info, room, floats } = await openModule(data.module), outputs = info.output_shape[0];
    const image = room(SIDE * SIDE * 4), answer = room(outputs * 4), workspace = room(info.workspace_bytes);
    return {
        names: namesOf(info),
        first: data.first && openFirst(data.first),
        predict(bytes) {
            floats(image, SIDE * SIDE).set(scaled(bytes));
            calls.net_predict(image, answer, workspace);
            return floats(answer, outputs).slice();
        },
    };
}

// Filters of the first convolution, which the module has, too, but does not tell.
function openFirst({ shape, values }) {
    const floats = new Float32Array(decode(values).buffer), filters = shape[3];
    return { shape, kernel: floats.subarray(0, -filters), bias: floats.subarray(-filters) };
}
