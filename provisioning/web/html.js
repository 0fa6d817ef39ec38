/*
 * html: the one place that names the libraries. Everything else imports from here.
 *
 *   html`<p class="hint">${text}</p>`     a template; text goes in as text, always
 *   signal, computed, effect, batch       values that pages follow (@preact/signals)
 *   useState, useEffect, useRef, …        Preact's hooks
 *
 * Not: no dangerouslySetInnerHTML, no style="" in templates (the page's Content-Security-Policy refuses it): a class of
 * style/*.css, or style=${{width: '40%'}}, which goes through the element's style object.
 */
import htm from '/vendor/htm.js';
import {h} from '/vendor/preact.js';

export const html = htm.bind(h);
export {render, Fragment, toChildArray} from '/vendor/preact.js';
export {useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useId} from '/vendor/hooks.js';
export {signal, computed, effect, batch, useSignal, useComputed} from '/vendor/signals.js';

/** Joins class names, leaving out what is false: classes('button', danger && 'danger'). */
export function classes(...names) {
    return names.filter(Boolean).join(' ');
}
