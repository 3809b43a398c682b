// SPDX-License-Identifier: MIT
// A module of WebAssembly that trains, as train.c uses an object.
//     node train.mjs MODULE EPOCHS SEED INPUT LABEL OUTPUT FIGURES BATCH PARAMS STATE WORKSPACE PREDICT
// The sizes are the header's; reads x and y, words of 4 bytes; writes i and w: the weights, first and last.
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "./room.mjs";

const { net, room, bytes } = open(process.argv[2]);
const [epochs, seed, input, label, output, figures, batch, ...blocks] = process.argv.slice(3).map(Number);
const [params, state, workspace, predict] = blocks.map(room);
const x = readFileSync("x"), y = readFileSync("y"), samples = x.length / 4 / input;
const orders = room(samples * 4), someX = room(batch * input * 4), someY = room(batch * label * 4);
const results = room(batch * output * 4), figure = room(figures * 8);

function epoch(number) {
    net.net_set_epoch(state, number);
    const order = new Uint32Array(net.memory.buffer, orders, samples);
    for (let i = 0; i < samples; i++) order[i] = i;
    net.net_shuffle(orders, samples, seed, number);
    for (let at = 0; at < samples; at += batch) {
        const n = Math.min(batch, samples - at);
        for (let i = 0; i < n; i++) {
            const from = order[at + i];
            bytes(someX + i * input * 4, input * 4).set(x.subarray(from * input * 4, (from + 1) * input * 4));
            bytes(someY + i * label * 4, label * 4).set(y.subarray(from * label * 4, (from + 1) * label * 4));
        }
        if (!(net.net_train_step(someX, someY, n, params, state, workspace) >= 0)) throw new Error("no loss");
        net.net_predict(someX, results, n, params, predict); // disturbs nothing
    }
}

net.net_init(params, seed);
writeFileSync("i", bytes(params, blocks[0]));
net.net_start(state, seed);
for (const n of [0, batch + 1, -1])
    if (!Number.isNaN(net.net_train_step(someX, someY, n, params, state, workspace))) throw new Error(`a step of ${n}`);
for (let e = 0; e < epochs; e++) epoch(e);
net.net_figures(state, figure);
if (!(new Float64Array(net.memory.buffer, figure, 1)[0] >= 0)) throw new Error("no figures");
if (net.net_finish) net.net_finish(params, state);
writeFileSync("w", bytes(params, blocks[0]));
