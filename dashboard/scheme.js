// What floats over a page is drawn outside of it, and knows neither its scheme nor its colours: the whole document takes
// the scheme of the page, light or dark, whenever that changes.

const watch = new MutationObserver(take);
let page = null;

function find() {
    const found = document.querySelector("[data-testid=stApp]");
    if (!found || found === page) return;
    page = found;
    watch.disconnect();
    watch.observe(page, { attributes: true, attributeFilter: ["class"] });
    take();
}

function take() {
    document.documentElement.style.colorScheme = getComputedStyle(page).colorScheme;
}

new MutationObserver(find).observe(document.getElementById("root"), { childList: true, subtree: true });
find();
