// SPDX-License-Identifier: 0BSD
// From strokes to an image as MNIST's are: the digit is scaled, its shape kept, to fill a box of 20 x 20 pixels, and
// moved by whole pixels until its centre of mass is in the middle of 28 x 28; white on black, with grey edges.
// A stroke is a list of points [x, y], in sides of the pad. The pen is as wide in each image, however large the digit
// was drawn, since MNIST's are.
"use strict";
const SIDE = 28, BOX = 20, PEN = 2.2, LEAST = 0.1; // what is smaller on the pad than LEAST is not enlarged further

function bounds(strokes) {
    const least = [Infinity, Infinity], most = [-Infinity, -Infinity];
    for (const point of strokes.flat())
        for (const d of [0, 1]) {
            least[d] = Math.min(least[d], point[d]);
            most[d] = Math.max(most[d], point[d]);
        }
    return { middle: least.map((v, d) => (v + most[d]) / 2), side: Math.max(...most.map((v, d) => v - least[d])) };
}

// How far point p is from the nearest one between a and b.
function distance(px, py, [ax, ay], [bx, by]) {
    const x = bx - ax, y = by - ay, square = x * x + y * y;
    const t = square ? Math.min(1, Math.max(0, ((px - ax) * x + (py - ay) * y) / square)) : 0;
    return Math.hypot(px - ax - t * x, py - ay - t * y);
}

// A pixel is as bright as the pen covers it, about: 1 inside, 0 outside, between them for one pixel's width.
function paintLine(image, a, b) {
    const reach = PEN / 2 + 0.5, from = (d) => Math.max(0, Math.floor(Math.min(a[d], b[d]) - reach));
    const to = (d) => Math.min(SIDE - 1, Math.floor(Math.max(a[d], b[d]) + reach));
    for (let y = from(1); y <= to(1); y++)
        for (let x = from(0); x <= to(0); x++) {
            const value = Math.min(1, reach - distance(x + 0.5, y + 0.5, a, b));
            image[y * SIDE + x] = Math.max(image[y * SIDE + x], value);
        }
}

function paint(strokes, scale, middle, at) {
    const image = new Float64Array(SIDE * SIDE);
    for (const stroke of strokes) {
        const points = stroke.map((p) => p.map((v, d) => (v - middle[d]) * scale + at[d]));
        points.forEach((p, i) => paintLine(image, points[Math.max(0, i - 1)], p));
    }
    return image;
}

function centreOfMass(image) {
    let mass = 0, x = 0, y = 0;
    image.forEach((value, i) => {
        mass += value;
        x += value * (i % SIDE + 0.5);
        y += value * (Math.floor(i / SIDE) + 0.5);
    });
    return [x / mass, y / mass];
}

// Bytes, row by row.
function digitImage(strokes) {
    if (!strokes.length) return new Uint8Array(SIDE * SIDE);
    const { middle, side } = bounds(strokes), scale = (BOX - PEN) / Math.max(side, LEAST), at = [SIDE / 2, SIDE / 2];
    const centre = centreOfMass(paint(strokes, scale, middle, at));
    const image = paint(strokes, scale, middle, at.map((v, d) => v + Math.round(v - centre[d])));
    return Uint8Array.from(image, (value) => Math.round(255 * value));
}
