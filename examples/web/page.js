// SPDX-License-Identifier: 0BSD
// The page: what is drawn goes to the network, what it answers to the bars and filters, within the same frame.
"use strict";

const element = (id) => document.getElementById(id);
const say = (text) => { element("message").textContent = text; };
const percent = (p) => `${p < 1 && p > 0.9995 ? "> 99.9" : (100 * p).toFixed(1)} %`;

function openBars(names) {
    const rows = names.map((name) => {
        const row = element("bars").insertRow(), head = document.createElement("th");
        head.scope = "row";
        head.textContent = name;
        row.append(head);
        row.insertCell().innerHTML = '<div class="bar"><i></i></div>';
        row.insertCell().append(document.createElement("data"));
        return row;
    });
    return (p, best) => rows.forEach((row, i) => {
        const data = row.querySelector("data");
        row.classList.toggle("best", i === best);
        row.querySelector("i").style.transform = `scaleX(${p ? p[i] : 0})`;
        data.value = p ? p[i] : "";
        data.textContent = p ? percent(p[i]) : "–";
    });
}

function showImage(canvas, bytes) {
    const picture = new ImageData(SIDE, SIDE);
    bytes.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
    canvas.getContext("2d").putImageData(picture, 0, 0);
}

function start(network) {
    const bars = openBars(network.names), filters = network.first && openFilters(element("filters"), network.first);
    element("first").hidden = !filters;
    let answer = "", bytes = digitImage([]), drawn = false;

    function look() {
        const p = drawn ? network.predict(bytes) : null, best = p ? p.indexOf(Math.max(...p)) : -1;
        bars(p, best);
        filters?.(bytes);
        answer = p ? `${network.names[best]} (${percent(p[best])})` : "Draw a digit on the pad: the answer comes while you draw.";
    }

    const again = () => { look(); say(answer); };
    const lessons = network.step && openLessons(network, () => (drawn ? bytes : null), again, () => pad.finish());

    function changed(strokes) {
        bytes = digitImage(strokes);
        drawn = strokes.length > 0;
        showImage(element("seen"), bytes);
        look();
        element("undo").disabled = element("clear").disabled = element("save").hidden = !drawn;
        if (!drawn) say(answer);
    }

    const pad = openPad(element("pad"), changed, () => requestAnimationFrame(() => say(answer)), () => lessons?.changed());
    element("undo").addEventListener("click", pad.undo);
    element("clear").addEventListener("click", () => { pad.clear(); element("pad").focus({ preventScroll: true }); });
    element("save").addEventListener("click", (event) => { event.target.href = element("seen").toDataURL(); });
    document.addEventListener("keydown", (event) => {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        if (event.key === "Escape") pad.clear();
        if (event.key.toLowerCase() === "z") pad.undo();
        if (lessons && network.names.includes(event.key)) lessons.teach(network.names.indexOf(event.key));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", pad.show);
    pad.show();
}

const network = element("network");
if (!network) say("There is no network in this page: make.py puts one into it.");
else
    openNetwork(JSON.parse(network.textContent)).then(start, (error) => say(`The network does not start: ${error.message}`));
