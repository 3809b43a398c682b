// SPDX-License-Identifier: MIT
// A module of WebAssembly whose memory is given away from its end on, as a page does that uses one.
import { readFileSync } from "node:fs";

export function open(path) {
    const compiled = new WebAssembly.Module(readFileSync(path));
    if (WebAssembly.Module.imports(compiled).length) throw new Error("it wants something of its host");
    const net = new WebAssembly.Instance(compiled).exports;
    let end = net.__heap_base.value;
    const room = (length) => {
        const at = (end + 63) & ~63;
        end = at + length;
        const missing = end - net.memory.buffer.byteLength;
        if (missing > 0) net.memory.grow(Math.ceil(missing / 65536));
        return at;
    };
    const bytes = (at, length) => new Uint8Array(net.memory.buffer, at, length);
    return { net, room, bytes };
}

export const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
