// SPDX-License-Identifier: 0BSD
// The network of the page: a module of WebAssembly that cnnc made, with its weights, compressed, as text.
"use strict";

const decode = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

function unpack(text) {
    return new Response(new Blob([decode(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

function openFirst({ shape, values }) {
    const floats = new Float32Array(decode(values).buffer), filters = shape[3];
    return { shape, kernel: floats.subarray(0, -filters), bias: floats.subarray(-filters) };
}

async function openNetwork(data) {
    const { instance } = await WebAssembly.instantiate(await unpack(data.module));
    const { memory, net_predict, net_info, __heap_base } = instance.exports;
    const text = new Uint8Array(memory.buffer, net_info());
    const info = JSON.parse(new TextDecoder().decode(text.subarray(0, text.indexOf(0))));
    const inputs = SIDE * SIDE, outputs = info.output_shape[0];
    const workspace = (__heap_base.value + 63) & ~63, image = workspace + info.workspace_bytes, p = image + inputs * 4;
    const missing = p + outputs * 4 - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return {
        names: info.class_names.length ? info.class_names : Array.from({ length: outputs }, (_, i) => String(i)),
        first: data.first && openFirst(data.first),
        predict(bytes) { // of bytes as they are in the data, which training divides by 255
            new Float32Array(memory.buffer, image, inputs).set(Float32Array.from(bytes, (v) => v / 255));
            net_predict(image, p, workspace);
            return new Float32Array(memory.buffer, p, outputs).slice();
        },
    };
}
