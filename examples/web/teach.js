// SPDX-License-Identifier: 0BSD
// Lessons: the user says which digit was drawn, and the network trains on all that were drawn and named so far, a few
// steps a frame, so that one sees it learn. drawing() is what is on the pad, as bytes, or null; look() shows what the
// network makes of it now; named() is called when the drawing has a name: the next stroke begins another.
"use strict";

const LESSON = 20, A_FRAME = 2; // steps

function openLessons(network, drawing, look, named) {
    const samples = [], lesson = (text) => { element("lesson").textContent = text; };
    let seed = 0, left = 0, done = 0, current = null, before = 0;

    function frame() {
        let loss = 0;
        if (!left) return; // it began anew meanwhile
        for (let i = 0; i < A_FRAME && left; i++, left--, done++) {
            loss = network.step(samples);
            if (done === 0) before = loss;
        }
        look();
        if (left) requestAnimationFrame(frame);
        else lesson(`Drawings: ${samples.length}, steps: ${done}, loss: ${before.toFixed(3)} → ${loss.toFixed(3)}`);
    }

    function learn() {
        if (!samples.length) return lesson("Draw a digit and say which one it is.");
        const idle = !left;
        left += LESSON;
        if (!idle) return;
        done = 0;
        requestAnimationFrame(frame);
    }

    function teach(label) {
        const bytes = drawing();
        if (!bytes) return lesson("Draw a digit first.");
        if (!current) {
            current = { bytes, picture: element("drawings").appendChild(document.createElement("figure")) };
            current.picture.append(Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE }),
                document.createElement("figcaption"));
            showImage(current.picture.firstChild, bytes);
            samples.push(current);
        }
        current.label = label;
        current.picture.lastChild.textContent = network.names[label];
        named();
        learn();
    }

    function begin(...from) {
        left = 0;
        network.begin(...from);
        lesson(from.length ? "It has random weights and knows nothing." : "It is as it was, and your drawings are gone.");
        look();
    }

    network.names.forEach((name, label) => {
        const button = document.createElement("button");
        button.textContent = name;
        button.addEventListener("click", () => teach(label));
        element("labels").append(button);
    });
    element("again").addEventListener("click", learn);
    element("nothing").addEventListener("click", () => begin(++seed));
    element("restore").addEventListener("click", () => {
        samples.length = 0;
        current = null;
        element("drawings").replaceChildren();
        begin();
    });
    element("keep").addEventListener("click", () => {
        const link = Object.assign(document.createElement("a"), { download: "taught.safetensors" });
        link.href = URL.createObjectURL(safetensors(network.weights()));
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
    element("teach").hidden = false;
    return {
        teach,
        changed() { current = null; }, // another drawing is on the pad
    };
}
