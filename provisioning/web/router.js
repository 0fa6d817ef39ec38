/*
 * router: which page, by the part of the address after #.
 *
 *   go('/phones/000413aabbcc', {tab: 'settings'})     a step the browser's back button knows
 *   setQuery({text: 'desk'})                          the same page with other filters; no step
 *   href('/phones', {state: 'waiting'})               for links: <a href=${href('/phones')}>
 *   place.value                                       {path, query}, a signal
 *   const stop = guard(() => dirty)                   asked before the page is left; leave() answers with a dialog (ui/form.js)
 */
import {signal} from '/html.js';

/** Where the page is: {path: '/phones', query: {text: 'desk'}}. */
export const place = signal(here());

const guards = new Set();
let leaving = null;
let quiet = false;

function here() {
    const [path, search] = decodeHash().split('?');
    return {path: path || '/', query: Object.fromEntries(new URLSearchParams(search ?? ''))};
}

function decodeHash() {
    const text = location.hash.replace(/^#/, '');
    return text.startsWith('/') ? text : '/';
}

/** An address for a link. */
export function href(path, query) {
    const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '');
    const text = new URLSearchParams(pairs).toString();
    return `#${path}${text ? `?${text}` : ''}`;
}

/** To another page. replace: without a step in the browser's history. */
export function go(path, query, {replace = false} = {}) {
    const to = href(path, query);
    if (replace) {
        history.replaceState(null, '', to);
        place.value = here();
    } else {
        location.hash = to;
    }
}

/** Other values of the query, on the same page; '' takes one away. */
export function setQuery(change) {
    go(place.value.path, {...place.value.query, ...change}, {replace: true});
}

/** Registers a question asked before leaving: true when something would be lost. Returns what takes it away. */
export function guard(isDirty) {
    guards.add(isDirty);
    return () => guards.delete(isDirty);
}

/** What asks the person (a promise of true: leave). Set once by the shell. */
export function setLeaving(fn) {
    leaving = fn;
}

function isDirty() {
    return [...guards].some(one => one());
}

window.addEventListener('hashchange', async event => {
    if (quiet) {
        quiet = false;
        return;
    }
    const next = here();
    if (next.path !== place.value.path && isDirty() && leaving) {
        quiet = true;
        history.back();
        if (!await leaving())
            return;
        guards.clear();
        location.hash = new URL(event.newURL).hash;
        return;
    }
    place.value = next;
});

window.addEventListener('beforeunload', event => {
    if (isDirty())
        event.preventDefault();
});

/** The row of `routes` that fits this path, and its parameters; null for none. */
export function matchRoute(routes, path) {
    const parts = path.split('/').filter(Boolean);
    for (const route of routes) {
        const wanted = route.path.split('/').filter(Boolean);
        if (wanted.length !== parts.length)
            continue;
        const params = {};
        const fits = wanted.every((part, i) => {
            if (!part.startsWith(':'))
                return part === parts[i];
            params[part.slice(1)] = decodeURIComponent(parts[i]);
            return true;
        });
        if (fits)
            return {route, params};
    }
    return null;
}
