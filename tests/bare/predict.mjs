// SPDX-License-Identifier: MIT
// A module of WebAssembly that predicts, as a page would use it, and held to what predict.c holds objects to.
//     node predict.mjs MODULE INPUT OUTPUT WORKSPACE     their sizes: floats, floats, bytes; reads x, writes y
import { readFileSync, writeFileSync } from "node:fs";

const PAINT = 0x5a, AROUND = 64;
const [module, input, output, workspace] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const compiled = new WebAssembly.Module(readFileSync(module));
if (WebAssembly.Module.imports(compiled).length) throw new Error("it wants something of its host");
const { memory, net_predict, net_predict_batch, net_info, __heap_base } = new WebAssembly.Instance(compiled).exports;
const x = readFileSync("x"), samples = x.length / 4 / input;

let end = __heap_base.value; // of what is given away
function room(bytes) {
    const at = (end + 63) & ~63;
    end = at + bytes;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return at;
}
const bytes = (at, length) => new Uint8Array(memory.buffer, at, length);
const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;

const from = room(x.length), one = room(samples * output * 4), all = room(samples * output * 4);
const around = room(workspace + 2 * AROUND), at = around + AROUND;
bytes(around, workspace + 2 * AROUND).fill(PAINT);
bytes(from, x.length).set(x);
for (let i = 0; i < samples; i++) net_predict(from + i * input * 4, one + i * output * 4, at);
net_predict_batch(from, all, samples, at);
if (!same(bytes(one, samples * output * 4), bytes(all, samples * output * 4))) throw new Error("in batches it differs");
for (const edge of [around, at + workspace])
    if (bytes(edge, AROUND).some((v) => v !== PAINT)) throw new Error("it left its workspace");
if (!same(bytes(from, x.length), x)) throw new Error("it changed its input");
if (bytes(net_info(), 1)[0] !== "{".charCodeAt()) throw new Error("info() is no JSON");
writeFileSync("y", bytes(one, samples * output * 4));
