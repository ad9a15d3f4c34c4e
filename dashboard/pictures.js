// The charts of a card as one picture: what the page has drawn, with its title above and its source below, in the page's
// own font and colours. It is made in the browser: nothing is drawn twice, and no server need draw at all.

const SVG = "http://www.w3.org/2000/svg";
const EDGE = 24;
const FONT = "app/static/inter/inter-latin-wght-normal.woff2";

export default function (component) {
    const { data, parentElement } = component;
    const buttons = parentElement.querySelectorAll("button");
    for (const button of buttons) {
        button.onclick = async () => {
            const card = document.querySelector(`.st-key-card-${data.card}`);
            const charts = card ? drawn(card) : [];
            if (charts.length === 0) return;
            const picture = composed(card, charts, data, await font());
            const text = new XMLSerializer().serializeToString(picture);
            const svg = new Blob([text], { type: "image/svg+xml" });
            const wanted = button.dataset.form === "svg" ? svg : await painted(svg, picture);
            save(wanted, `${data.file}.${button.dataset.form}`);
        };
        button.disabled = false;
    }
}

function drawn(card) {
    return [...card.querySelectorAll("svg.marks")].filter((one) => one.getBoundingClientRect().width > 0);
}

function composed(card, charts, data, face) {
    const look = getComputedStyle(card);
    const boxes = charts.map((one) => one.getBoundingClientRect());
    const left = Math.min(...boxes.map((box) => box.left)), top = Math.min(...boxes.map((box) => box.top));
    const width = Math.max(...boxes.map((box) => box.right)) - left;
    const high = Math.max(...boxes.map((box) => box.bottom)) - top;
    // One chart has the card's title; of several each has its own words as well.
    const above = charts.length > 1 ? 24 : 0;
    const head = EDGE + 22 + (data.note ? 20 : 0) + 10 + above;
    const said = wrapped(data.source, Math.floor(width / 6.2));
    const size = [width + 2 * EDGE, head + high + 14 + 17 * said.length + EDGE - 6].map(Math.ceil);
    const picture = made("svg", { xmlns: SVG, width: size[0], height: size[1], viewBox: `0 0 ${size[0]} ${size[1]}` });
    picture.append(made("style", {}, face));
    picture.append(made("rect", { width: size[0], height: size[1], fill: data.background }));
    const words = (text, x, y, px, weight, fill) =>
        picture.append(made("text", { x, y, fill, "font-family": look.fontFamily, "font-size": px, "font-weight": weight }, text));
    words(data.title, EDGE, EDGE + 14, 16, 600, data.ink);
    if (data.note) words(data.note, EDGE, EDGE + 36, 12.5, 400, data.muted);
    charts.forEach((chart, place) => {
        const x = EDGE + boxes[place].left - left, y = head + boxes[place].top - top;
        const copy = chart.cloneNode(true);
        for (const [name, value] of Object.entries({ x, y, width: boxes[place].width, height: boxes[place].height })) {
            copy.setAttribute(name, value);
        }
        copy.removeAttribute("style");
        picture.append(copy);
        const own = chart.closest("[data-testid=stColumn]")?.querySelector(".ng-tone-head");
        if (above && own) words(own.textContent.replace(/\s+/g, " ").trim(), x, y - 8, 12.5, 600, data.ink);
    });
    said.forEach((line, place) => words(line, EDGE, head + high + 26 + 17 * place, 12, 400, data.muted));
    return picture;
}

function made(name, attributes, text) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
}

function wrapped(text, most) {
    const lines = [""];
    for (const word of text.split(" ")) {
        if (lines.at(-1) && lines.at(-1).length + word.length >= most) lines.push("");
        lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
    }
    return lines;
}

// A picture is shown where nobody has the page's font: it brings its own.
async function font() {
    const answer = await fetch(new URL(FONT, document.baseURI));
    if (!answer.ok) return "";
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let text = "";
    for (let place = 0; place < bytes.length; place += 8192) text += String.fromCharCode(...bytes.subarray(place, place + 8192));
    return `@font-face { font-family: Inter; font-weight: 100 900; src: url(data:font/woff2;base64,${btoa(text)}) }`;
}

// Twice as fine as the page, for slides.
async function painted(svg, picture) {
    const [width, height] = ["width", "height"].map((side) => Number(picture.getAttribute(side)));
    const image = new Image();
    const address = URL.createObjectURL(svg);
    try {
        image.src = address;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: 2 * width, height: 2 * height });
        const pen = canvas.getContext("2d");
        pen.scale(2, 2);
        pen.drawImage(image, 0, 0, width, height);
        return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    } finally {
        URL.revokeObjectURL(address);
    }
}

function save(blob, name) {
    const address = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
}
