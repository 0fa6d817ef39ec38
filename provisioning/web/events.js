/*
 * events: what changes on the appliance, told as it happens (Server-Sent Events).
 *
 *   useResource('/phones', {on: ['phone']})     most pages need no more than this (resource.js)
 *   const stop = onChange(['phone'], key => …)  key: the MAC or name, '' for any
 *   live.value                                  'live' | 'away'
 *
 * When the stream breaks it is opened again, after 1, 2, 4 … 30 seconds; after that everybody is told once, as nobody knows what was missed.
 */
import {signal} from '/html.js';

/** 'live' while the stream is open. */
export const live = signal('away');

const listeners = new Set();
let source = null;
let wait = 1000;
let timer = 0;
let lost = false;

function tell(kind, key) {
    for (const one of [...listeners])
        if (kind === '*' || one.kinds.includes(kind))
            one.fn(key, kind);
}

function open() {
    clearTimeout(timer);
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
        live.value = 'live';
        wait = 1000;
        if (lost)
            tell('*', '');
        lost = false;
    };
    source.addEventListener('change', event => {
        const {kind, key} = JSON.parse(event.data);
        tell(kind, key ?? '');
    });
    source.onerror = () => {
        source?.close();
        live.value = 'away';
        lost = true;
        timer = setTimeout(open, wait);
        wait = Math.min(30000, wait * 2);
    };
}

/** Begins to listen; called by the shell when somebody is signed in. */
export function startEvents() {
    if (!source || source.readyState === EventSource.CLOSED)
        open();
}

/** Ends it: signed out. */
export function stopEvents() {
    clearTimeout(timer);
    source?.close();
    source = null;
    lost = false;
    live.value = 'away';
}

/** Calls fn(key, kind) for changes of these kinds, until the returned function is called. */
export function onChange(kinds, fn) {
    const one = {kinds, fn};
    listeners.add(one);
    return () => listeners.delete(one);
}
