"""The pages that are looked at: their addresses, and what is measured on each."""

from playwright.sync_api import Page

from evaluations.definitions.catalogue.arguments import shipped_arguments

SLUG = "taylor-as-quoted"
OTHER = "oxford-dictionary"
OWN_RUN = 6
FIRST_SAID = len(shipped_arguments()) + 1
"""The first statement after those of the archive."""
RELEASE = "2026-08-01-00000000"
COLLECTION = "/collections/ada/three-lamps/"
EDITED = '{"all":["states-conclusion","makes-inference"]}'
PAGES = (
    "/",
    "/?all=1",
    "/cases/",
    "/cases/k07/",
    "/definitions/",
    "/definitions/taylor-as-quoted/",
    "/definitions/taylor-as-quoted/v/1/",
    "/definitions/mitchell-abstraction/",
    "/criteria/",
    "/criteria/makes-inference/",
    "/prompts/",
    "/prompts/sets/story-sums/",
    "/models/",
    "/models/smollm2-135m-instruct/",
    "/runs/",
    "/recipes/",
    "/recipes/step-by-step/",
    "/runs/compare/",
    "/leaderboards/",
    "/leaderboards/taylor-as-quoted/",
    "/leaderboards/taylor-as-quoted/outputs/",
    "/outputs/?definition=taylor-as-quoted",
    "/search/",
    "/search/?q=inference",
    "/leaderboards/taylor-as-quoted/process/",
    "/leaderboards/taylor-as-quoted/curves/",
    "/leaderboards/taylor-as-quoted/pair/",
    "/leaderboards/taylor-as-quoted/pairwise/",
    "/leaderboards/pairwise/",
    "/judge/",
    "/judge/pair/",
    "/judge/prompt/?criteria=needs-combining",
    "/judge/me/",
    "/answer/",
    "/collections/",
    "/collections/site/definitions-split/",
    "/debates/",
    "/debates/taylor-as-quoted/",
    "/statements/1/",
    "/protocols/",
    "/protocols/open-judging/",
    "/protocols/open-judging/files/",
    "/judge/?direct=taylor-as-quoted",
    "/judge/?criteria=coherent,needs-combining",
    "/about/",
    "/about/method/",
    "/data/",
    "/api/docs/",
    "/about/terms/",
    "/about/privacy/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no-such-page/",
)
MAIN_PAGES = (
    "/",
    "/judge/",
    "/leaderboards/taylor-as-quoted/",
    "/definitions/taylor-as-quoted/",
)
"""With the page of an output, which has no address of its own until one is written."""
STAFF_PAGES = (
    "/notices/",
    "/collections/new/",
    "/runs/new/",
    "/data/import/",
    "/recipes/new/",
    "/devices/",
    "/graders/",
    "/graders/misread/",
    "/endpoints/",
    "/endpoints/new/",
    "/prompts/new/",
    "/judge/me/",
    "/judge/me/history/",
    "/judge/me/leave/",
    "/protocols/new/",
    "/protocols/open-judging/progress/",
    "/protocols/open-judging/adjudicate/",
    "/protocols/open-judging/opinions/",
    "/judges/models/import/",
    "/judges/models/prompts/",
    "/judges/models/prompts/new/",
    "/accounts/preferences/",
    "/accounts/preferences/keys/",
    "/accounts/preferences/api-keys/",
    "/accounts/people/",
    "/judges/",
    "/accounts/invitations/",
    "/accounts/email/",
    "/accounts/logout/",
)
LOOKED_AT = {
    "home": "/",
    "definitions": "/definitions/",
    "definition": f"/definitions/{SLUG}/",
    "definition-cited": f"/definitions/{SLUG}/cited/",
    "what-if": f"/definitions/{SLUG}/what-if/",
    "what-if-edited": f"/definitions/{SLUG}/what-if/?rule={EDITED}",
    "compare": f"/definitions/compare/?a={SLUG}&b={OTHER}",
    "compare-empty": "/definitions/compare/",
    "compare-related": f"/definitions/compare/?a={SLUG}&b=own",
    "fidelity": "/definitions/fidelity/",
    "map": "/definitions/map/",
    "history": "/definitions/own/history/",
    "diff": "/definitions/own/diff/?a=1&b=2",
    "proposals": "/definitions/own/proposals/",
    "proposal": "/definitions/own/proposals/1/",
    "merge": "/definitions/own/merge/",
    "edit": "/definitions/own/edit/",
    "fork": f"/definitions/{SLUG}/fork/",
    "moves": "/definitions/moves/",
    "own-definitions": "/definitions/mine/",
    "cases": "/cases/",
    "case": "/cases/k02/",
    "criteria": "/criteria/",
    "criterion": "/criteria/makes-inference/",
    "matrix": "/leaderboards/",
    "others": "/leaderboards/others/",
    "collection-by-rule-full": "/collections/site/definitions-split/",
    "between": "/leaderboards/between/",
    "board": f"/leaderboards/{SLUG}/",
    "board-by-model": f"/leaderboards/{SLUG}/?by=model",
    "board-sharpened": f"/leaderboards/{SLUG}/?judges=sharpened",
    "board-outputs": f"/leaderboards/{SLUG}/outputs/",
    "process": f"/leaderboards/{SLUG}/process/",
    "curves": f"/leaderboards/{SLUG}/curves/",
    "pair": f"/leaderboards/{SLUG}/pair/?a=alba--asked-plainly&b=cirrus--asked-for-steps",
    "pairwise": "/leaderboards/pairwise/",
    "pairwise-board": f"/leaderboards/{SLUG}/pairwise/",
    "snapshots": "/leaderboards/snapshots/",
    "disagreements": "/disagreements/",
    "disagreements-facts": "/disagreements/?list=facts",
    "judging": "/judge/",
    "judging-pairs": "/judge/pair/",
    "judging-prompts": "/judge/prompt/?criteria=needs-combining",
    "own-judging": "/judge/me/",
    "own-history": "/judge/me/history/",
    "yours": "/judge/me/definition/",
    "judges": "/judges/",
    "model-judges": "/judges/models/",
    "model-judges-import": "/judges/models/import/",
    "model-judge-prompts": "/judges/models/prompts/",
    "model-judge-prompt-new": "/judges/models/prompts/new/",
    "protocols": "/protocols/",
    "protocol": "/protocols/open-judging/",
    "protocol-new": "/protocols/new/",
    "prompts": "/prompts/",
    "prompt": "/prompts/lamp-0/",
    "prompt-edit": "/prompts/own-a-lamp/edit/",
    "prompt-set": "/prompts/sets/story-sums/",
    "prompt-set-empty": "/prompts/sets/own-an-empty-set/",
    "prompt-set-new": "/prompts/new/",
    "prompt-set-edit": "/prompts/sets/own-lamps-of-ada/edit/",
    "prompt-set-add": "/prompts/sets/own-lamps-of-ada/add/",
    "prompt-set-import": "/prompts/sets/own-lamps-of-ada/import/",
    "prompt-set-generate": "/prompts/sets/own-lamps-of-ada/generate/",
    "models": "/models/",
    "model": "/models/alba/",
    "runs": "/runs/",
    "run": "/runs/1/",
    "own-run": f"/runs/{OWN_RUN}/",
    "run-visibility": f"/runs/{OWN_RUN}/visibility/",
    "run-new": "/runs/new/",
    "recipes": "/recipes/",
    "recipe": "/recipes/asked-for-steps/",
    "recipe-new": "/recipes/new/",
    "run-more": f"/runs/{OWN_RUN}/more/",
    "run-compare": "/runs/compare/?a=1&b=2",
    "grid": "/runs/grids/1/",
    "grid-ceiling": "/runs/grids/1/ceiling/",
    "data": "/data/",
    "release": f"/data/{RELEASE}/",
    "import": "/data/import/",
    "import-previewed": "/data/import/1/",
    "import-read": "/data/import/2/",
    "import-done": "/data/import/3/",
    "import-refused": "/data/import/4/",
    "outputs": "/outputs/",
    "output": "/outputs/1/",
    "output-cited": "/outputs/1/cited/",
    "search": "/search/?q=reasoning",
    "search-empty": "/search/",
    "collections": "/collections/",
    "collection": COLLECTION,
    "collection-edit": f"{COLLECTION}edit/",
    "collection-by-rule": "/collections/site/brittle/",
    "collection-new": "/collections/new/",
    "collection-suggest": "/collections/bob/one-lamp/suggest/?output=1",
    "collection-add": "/collections/add/?output=1",
    "debates": "/debates/",
    "debate": f"/debates/{SLUG}/",
    "debate-empty": "/debates/own/",
    "debate-state": f"/debates/{SLUG}/state/?quotes={FIRST_SAID}",
    "statement": f"/statements/{FIRST_SAID}/?show={FIRST_SAID}",
    "collection-round": f"{COLLECTION}round/",
    "collection-by-rule-round": "/collections/site/definitions-split/round/",
    "rounds": "/rounds/",
    "round-running": "/rounds/RUNS11/",
    "round-ended": "/rounds/ENDED1/",
    "about": "/about/",
    "method": "/about/method/",
    "terms": "/about/terms/",
    "privacy": "/about/privacy/",
    "moderation": "/moderation/",
    "moderation-months": "/moderation/months/",
    "notices": "/notices/",
    "flag": "/flag/item/1/",
    "person": "/people/ada/",
    "follow": "/follow/definition/1/",
    "preferences": "/accounts/preferences/",
    "keys": "/accounts/preferences/keys/",
    "email": "/accounts/email/",
}
"""Name of the picture to address, on a site as `tests.definition_site.rich` has it."""

TALLEST_ROW = 60
NARROW = 1000
"""Below this width rows of tables may be as tall as their words make them."""

MEASURE = """([tallest, narrow]) => {
    const found = [];
    const screen = document.documentElement.clientWidth;
    const name = (element) => element.outerHTML.replace(/\\s+/g, " ").slice(0, 140);
    const box = (element) => element.getBoundingClientRect();
    const shown = (element) => element.checkVisibility({visibilityProperty: true})
        && box(element).width > 1 && box(element).height > 1;
    const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
    const style = (element) => getComputedStyle(element);
    const scrolls = (element) => {
        for (let at = element; at; at = at.parentElement)
            if (["auto", "scroll"].includes(style(at).overflowX)) return true;
        return false;
    };
    const isHidden = (element) => {
        for (let at = element; at; at = at.parentElement)
            if (at.matches(".visually-hidden, .skip-link")) return true;
        return false;
    };
    if (document.documentElement.scrollWidth > screen) {
        const wide = all("main *, header *, footer *").filter((element) =>
            !scrolls(element) && !isHidden(element) && box(element).right > screen + 1);
        found.push(`wider than the screen: ${name(wide.at(-1) || document.body)}`);
    }
    for (const element of all("body *")) {
        if (isHidden(element) || element.closest("svg")) continue;
        const cuts = (over, has, room) => ["hidden", "clip"].includes(over) && has > room + 1;
        const looks = style(element);
        if (element.innerText && looks.textOverflow !== "ellipsis"
            && !["inline", "contents"].includes(looks.display)
            && (cuts(looks.overflowX, element.scrollWidth, element.clientWidth)
                || cuts(looks.overflowY, element.scrollHeight, element.clientHeight))
            && !element.matches("[data-excerpt]"))
            found.push(`text is cut off: ${name(element)}`);
    }
    if (screen >= narrow)
        for (const row of all("tbody tr"))
            if (box(row).height > tallest && !row.querySelector("details[open]"))
                found.push(`a row of ${Math.round(box(row).height)} px: ${name(row)}`);
    const target = "button, select, summary, .button, nav a, input:not([type=hidden])";
    for (const element of all(target)) {
        if (isHidden(element)) continue;
        const label = element.closest("label");
        const height = Math.max(box(element).height, label ? box(label).height : 0);
        if (height < 23.9) found.push(`a target of ${height.toFixed(1)} px: ${name(element)}`);
    }
    const bottom = window.innerHeight;
    const title = all("h1")[0];
    if (!title || box(title).top < 0 || box(title).bottom > bottom)
        found.push("the first screen does not hold the title");
    // A form is sent after its fields; where its button stays in view, it is looked for.
    const fields = "input:not([type=hidden]), select, textarea";
    const follows = (button) => button.form && !button.closest(".save-bar")
        && all(fields).some((field) => field.form === button.form
            && field.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING);
    const primary = all("main .button-primary").filter((button) => !follows(button));
    if (primary.length && !primary.some((it) => box(it).top >= 0 && box(it).bottom <= bottom))
        found.push(`the first screen does not hold the primary action: ${name(primary[0])}`);
    return found;
}"""


def faults(page: Page) -> list[str]:
    """What a designer would send back of the page that is open, each with its element."""
    found: list[str] = page.evaluate(MEASURE, [TALLEST_ROW, NARROW])
    return found
