// What the pages' own HTML needs of the browser.
//
// A link of ours leads on inside the page: the address is written as a click on Streamlit's own links writes it, and the
// running session is told as by the back button. So nothing is loaded anew. What is asked for elsewhere, in another tab
// or as a file, is left to the browser.
//
// An article that opens outside of what is in sight is brought there, and who opened it by the keyboard is led into it:
// once nothing above it is still to be drawn, since until then it is not where it will stand.
//
// What opens over the page is drawn at its end: who opens it by the keyboard is led into it, and back when it closes.

const LINK = "[data-testid=stHtml] a[href]";
const FILE = "/files/";
const BUTTON = "[data-testid=stPopoverButton]";
const BODY = "[data-testid=stPopoverBody]";
const PENDING = "[data-testid=stSkeleton]";
const STOPS = "a[href], button:not([disabled]), input, textarea, [tabindex='0']";

export default function () {
    if (window.newsgaugeLinks) return;
    window.newsgaugeLinks = true;
    document.addEventListener("click", follow);
    document.addEventListener("click", enter);
    document.addEventListener("keydown", leave, true);
    document.addEventListener("pointerdown", rest, true);
    new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
}

function follow(event) {
    const link = event.target instanceof Element ? event.target.closest(LINK) : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.hasAttribute("download")) return;
    const to = new URL(link.href, document.baseURI);
    if (to.origin !== location.origin || to.hash || to.pathname.includes(FILE)) return;
    event.preventDefault();
    byKeyboard = event.detail === 0;
    history.pushState({}, "", to);
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    document.querySelector("[data-testid=stMain]").scrollTo(0, 0);
}

let shown = null;
let byKeyboard = false;

function show() {
    const card = document.querySelector(".st-key-card-reader:has(article)");
    const article = card && new URLSearchParams(location.search).get("article");
    if (!article || article === shown) {
        if (!card) shown = null;
        return;
    }
    if ([...document.querySelectorAll(PENDING)].some((one) => isAbove(one, card))) return;
    shown = article;
    const top = card.getBoundingClientRect().top;
    if (top < 0 || top > 0.6 * window.innerHeight) card.scrollIntoView({ block: "start" });
    if (byKeyboard) card.querySelector("button")?.focus({ preventScroll: true });
    byKeyboard = false;
}

function isAbove(one, card) {
    return Boolean(card.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING);
}

let opener = null;
let leading = null;

function enter(event) {
    const button = event.target instanceof Element ? event.target.closest(BUTTON) : null;
    // A click of the keyboard has no pointer that would have clicked.
    if (!button || event.detail !== 0) return;
    opener = button;
    clearInterval(leading);
    const until = performance.now() + 60000;
    // What has opened may be drawn again as its answer comes, and takes the focus with it: it is led in again, until the
    // reader goes on.
    leading = setInterval(() => {
        if (performance.now() > until) return clearInterval(leading);
        const body = document.querySelector(BODY);
        const isOut = [button, document.body, body].includes(document.activeElement);
        if (body && isOut && !body.querySelector(PENDING)) body.querySelector(STOPS)?.focus({ preventScroll: true });
    }, 50);
}

// Whatever the reader does next ends the leading.
function rest() {
    clearInterval(leading);
}

function leave(event) {
    rest();
    const inside = event.target instanceof Element && event.target.closest(BODY);
    if (event.key !== "Escape" || !inside || !opener) return;
    const back = opener;
    setTimeout(() => { if (!document.querySelector(BODY)) back.focus({ preventScroll: true }); }, 300);
}
