// SPDX-License-Identifier: 0BSD
// The pad: strokes by mouse, pen, finger or keys. changed() is called after each change, at most once a frame;
// lifted() when a stroke ends; touched() before a stroke comes or goes.
"use strict";

const STEP = 1 / 40; // of the keys, in sides of the pad

function openPad(canvas, changed, lifted, touched) {
    const context = canvas.getContext("2d"), strokes = [];
    let drawing = null, waiting = false, keyed = null, pen = [0.5, 0.5], ring = false, finished = false;

    function show() {
        const size = canvas.width;
        context.clearRect(0, 0, size, size);
        Object.assign(context, { lineCap: "round", lineJoin: "round", lineWidth: size * 0.07 });
        context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
        for (const stroke of strokes) {
            context.beginPath();
            stroke.forEach(([x, y]) => context.lineTo(x * size, y * size));
            if (stroke.length === 1) context.lineTo(stroke[0][0] * size, stroke[0][1] * size);
            context.stroke();
        }
        if (!ring) return;
        context.lineWidth = size * 0.006; // where the keys are
        context.beginPath();
        context.arc(pen[0] * size, pen[1] * size, size * (keyed ? 0.045 : 0.06), 0, 7);
        context.strokeStyle = getComputedStyle(canvas).outlineColor;
        context.stroke();
    }

    function later() {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
            waiting = false;
            show();
            changed(strokes);
        });
    }

    function point(event) {
        const box = canvas.getBoundingClientRect();
        return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    }

    function add(stroke) {
        touched();
        if (finished) strokes.length = 0;
        finished = false;
        strokes.push(stroke);
    }

    function lift() {
        if (!drawing && !keyed) return;
        drawing = keyed = null;
        later();
        lifted();
    }

    canvas.addEventListener("pointerdown", (event) => {
        if (event.button || drawing) return;
        lift();
        ring = false;
        canvas.setPointerCapture(event.pointerId);
        drawing = { id: event.pointerId, stroke: [point(event)] };
        add(drawing.stroke);
        later();
    });
    canvas.addEventListener("pointermove", (event) => {
        if (drawing?.id !== event.pointerId) return;
        const all = event.getCoalescedEvents?.() ?? [];
        drawing.stroke.push(...(all.length ? all : [event]).map(point));
        later();
    });
    for (const end of ["pointerup", "pointercancel"])
        canvas.addEventListener(end, (event) => { if (drawing?.id === event.pointerId) lift(); });

    function down() {
        keyed = [pen];
        add(keyed);
        later();
    }

    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    canvas.addEventListener("keydown", (event) => {
        const move = moves[event.key];
        if (event.ctrlKey || event.altKey || event.metaKey || (!move && event.key !== " ")) return;
        event.preventDefault(); // the page does not scroll
        ring = true;
        if (!move) return event.repeat ? undefined : keyed ? lift() : down();
        pen = pen.map((v, d) => Math.min(1, Math.max(0, v + move[d])));
        keyed?.push(pen);
        later();
    });
    canvas.addEventListener("focus", () => { ring = canvas.matches(":focus-visible"); later(); });
    canvas.addEventListener("blur", () => { ring = false; lift(); later(); });

    return {
        show: later,
        finish() { lift(); finished = true; }, // the next stroke begins another drawing
        undo() { lift(); touched(); finished = false; strokes.pop(); later(); },
        clear() { lift(); touched(); finished = false; strokes.length = 0; pen = [0.5, 0.5]; later(); },
    };
}
