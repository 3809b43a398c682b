// SPDX-License-Identifier: 0BSD
// What the filters of the first convolution respond with: each is laid on the image wherever it fits, the products
// are summed and the bias is added. Computed here a second time, from the weights, since the module keeps what lies
// between its layers to itself. The strongest colour is the strongest response that any filter can have.
"use strict";

function responses({ shape: [height, width, , filters], kernel, bias }, bytes) {
    const h = SIDE - height + 1, w = SIDE - width + 1;
    return Array.from({ length: filters }, (_, f) => {
        const sums = new Float32Array(h * w).fill(bias[f]);
        for (let ky = 0; ky < height; ky++)
            for (let kx = 0; kx < width; kx++) {
                const weight = kernel[(ky * width + kx) * filters + f] / 255;
                for (let y = 0; y < h; y++)
                    for (let x = 0; x < w; x++) sums[y * w + x] += weight * bytes[(y + ky) * SIDE + x + kx];
            }
        return sums;
    });
}

function strongest({ shape: [height, width, , filters], kernel, bias }) {
    let most = 0;
    for (let f = 0; f < filters; f++) {
        let up = bias[f], down = bias[f];
        for (let k = f; k < height * width * filters; k += filters) {
            up += Math.max(0, kernel[k]);
            down += Math.min(0, kernel[k]);
        }
        most = Math.max(most, up, -down);
    }
    return most;
}

// Colours of style.css as [r, g, b].
function colours() {
    const style = getComputedStyle(document.documentElement), context = document.createElement("canvas").getContext("2d");
    return ["--positive", "--negative", "--ink"].map((name) => {
        context.fillStyle = style.getPropertyValue(name);
        return [1, 3, 5].map((at) => parseInt(context.fillStyle.slice(at, at + 2), 16));
    });
}

// A value is a colour over the paper, the less transparent the larger it is.
function draw(canvas, values, most, [positive, negative]) {
    const picture = new ImageData(canvas.width, canvas.height);
    values.forEach((value, i) => {
        const strength = Math.sqrt(Math.min(1, Math.abs(value) / most));
        picture.data.set([...(value > 0 ? positive : negative), Math.round(255 * strength)], 4 * i);
    });
    canvas.getContext("2d").putImageData(picture, 0, 0);
}

// A view of them in an element: update(bytes) shows an image's.
function openFilters(element, first) {
    const { shape: [height, width, , filters], kernel } = first;
    const canvas = (h, w) => Object.assign(document.createElement("canvas"), { width: w, height: h });
    const views = Array.from({ length: filters }, (_, f) => {
        const pair = document.createElement("div");
        pair.append(canvas(height, width), canvas(SIDE - height + 1, SIDE - width + 1));
        pair.title = `filter ${f}`;
        element.append(pair);
        return [...pair.children];
    });
    return (bytes) => {
        const of = colours(), most = strongest(first); // of the weights now
        const largest = kernel.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
        responses(first, bytes).forEach((values, f) => {
            draw(views[f][0], kernel.filter((_, i) => i % filters === f), largest, of);
            draw(views[f][1], values, most, of);
        });
    };
}
