// SPDX-License-Identifier: MIT
// A module of WebAssembly that predicts, held to what predict.c holds objects to.
//     node predict.mjs MODULE INPUT OUTPUT WORKSPACE [WEIGHTS PACK]     their sizes: floats, floats, bytes; reads x,
//     writes y; where weights are apart, reads weights and params, and writes packed, what pack makes of these
import { readFileSync, writeFileSync } from "node:fs";
import { open, same } from "./room.mjs";

const PAINT = 0x5a, AROUND = 64;
const { net, room, bytes } = open(process.argv[2]);
const [input, output, workspace, apart, pack] = process.argv.slice(3).map(Number);
const x = readFileSync("x"), samples = x.length / 4 / input, results = samples * output * 4;

const from = room(x.length), one = room(results), all = room(results);
const around = room(workspace + 2 * AROUND), at = around + AROUND;
bytes(around, workspace + 2 * AROUND).fill(PAINT);
bytes(from, x.length).set(x);
const memory = [at];
if (apart) {
    const file = readFileSync("weights"), weights = room(file.length);
    bytes(weights, file.length).set(file);
    if (file.length !== apart || net.net_check(weights) !== 1) throw new Error("it refuses its weights");
    for (let i = 0; i < 24; i++) {
        bytes(weights, 24)[i] ^= 1;
        if (net.net_check(weights)) throw new Error("it takes weights of another");
        bytes(weights, 24)[i] ^= 1;
    }
    const params = readFileSync("params"), given = room(params.length), packed = room(apart), own = room(pack);
    bytes(given, params.length).set(params);
    if (net.net_pack(given, packed, own) !== 1) throw new Error("it packs nothing");
    writeFileSync("packed", bytes(packed, apart));
    memory.unshift(weights);
}
for (let i = 0; i < samples; i++) net.net_predict(from + i * input * 4, one + i * output * 4, ...memory);
net.net_predict_batch(from, all, samples, ...memory);
if (!same(bytes(one, results), bytes(all, results))) throw new Error("in batches it differs");
for (const edge of [around, at + workspace])
    if (bytes(edge, AROUND).some((v) => v !== PAINT)) throw new Error("it left its workspace");
if (!same(bytes(from, x.length), x)) throw new Error("it changed its input");
if (bytes(net.net_info(), 1)[0] !== "{".charCodeAt()) throw new Error("info() is no JSON");
writeFileSync("y", bytes(one, results));
