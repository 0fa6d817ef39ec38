/*
 * words: how things stand, said by a colour, a shape and a word together.
 *
 *   html`<${PhoneState} state="waiting" />`            a phone's state
 *   html`<${Mark} kind="bad" text=${…} />`             good | warn | bad | info | off: for anything else
 *   html`<${Ago} at=${phone.seen_at} />`               "3 minutes ago", the moment itself on hover
 *   html`<${Said} text=${event.detail} />`             a sentence that the appliance says (English)
 *   html`<${Empty} title text>…</${Empty}>`            nothing here, and what to do
 *   html`<${Failed} error=${resource.error} retry=${resource.reload} />`
 *   html`<${Loading} />`
 */
import {html, classes} from '/html.js';
import {t, word} from '/i18n.js';
import {ago, dateTime} from '/format.js';
import {Icon} from '/ui/icon.js';

/* Shapes in a box of 12: each state can be told from the others without its colour. */
const SHAPES = {
    seen: html`<circle cx="6" cy="6" r="4.5" class="line" />`,
    expected: html`<circle cx="6" cy="6" r="4.5" class="line dashed" />`,
    waiting: html`<path d="M6 1 11.5 11H.5z" class="fill" />`,
    approved: html`<g><circle cx="6" cy="6" r="4.5" class="line" /><path d="M6 1.5a4.5 4.5 0 0 1 0 9z" class="fill" /></g>`,
    enrolled: html`<g><circle cx="6" cy="6" r="4.5" class="line" /><path d="M6 6V1.5A4.5 4.5 0 1 1 1.5 6z" class="fill" /></g>`,
    connected: html`<g><circle cx="6" cy="6" r="4.5" class="line" /><circle cx="6" cy="6" r="2.2" class="fill" /></g>`,
    current: html`<g><circle cx="6" cy="6" r="5.2" class="fill" /><path d="M3.4 6.2 5.3 8l3.3-3.8" class="cut" /></g>`,
    revoked: html`<g><path d="M1 1h10v10H1z" class="fill" /><path d="M3.7 3.7l4.6 4.6M8.3 3.7 3.7 8.3" class="cut" /></g>`,
    good: html`<g><circle cx="6" cy="6" r="5.2" class="fill" /><path d="M3.4 6.2 5.3 8l3.3-3.8" class="cut" /></g>`,
    warn: html`<path d="M6 1 11.5 11H.5z" class="fill" />`,
    bad: html`<path d="M3.5.8h5L11.2 3.5v5L8.5 11.2h-5L.8 8.5v-5z" class="fill" />`,
    info: html`<path d="M6 .8 11.2 6 6 11.2.8 6z" class="fill" />`,
    off: html`<path d="M1.5 6h9" class="line" />`,
};

/** States of a phone in the order of its way. */
export const STATES = ['seen', 'expected', 'waiting', 'approved', 'enrolled', 'connected', 'current', 'revoked'];

/** The shape alone, for a legend. */
export function Shape({name}) {
    return html`<svg class=${classes('shape', name)} viewBox="0 0 12 12" aria-hidden="true">${SHAPES[name]}</svg>`;
}

/** A phone's state. */
export function PhoneState({state}) {
    return html`<span class=${`state ${state}`}><${Shape} name=${state} /><span>${word('state', state)}</span></span>`;
}

/** Anything that is good, to be looked at, bad, worth knowing, or off. */
export function Mark({kind, text, children}) {
    return html`<span class=${`state ${kind}`}><${Shape} name=${kind} /><span>${text ?? children}</span></span>`;
}

/** How long ago, with the moment. */
export function Ago({at}) {
    return at ? html`<time datetime=${new Date(at * 1000).toISOString()} title=${dateTime(at)}>${ago(at)}</time>` : html`<span class="faint">${t('core.never')}</span>`;
}

/** The appliance's own words. */
export function Said({text}) {
    return html`<span lang="en">${text}</span>`;
}

/** Nothing to show. */
export function Empty({title, text, children, icon = 'info'}) {
    return html`<div class="empty"><${Icon} name=${icon} /><p class="empty-title">${title}</p>${text && html`<p>${text}</p>`}${children}</div>`;
}

/** What went wrong with reading; nothing when all is well. */
export function Failed({error, retry}) {
    return error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error.message}</p>
        ${retry && html`<button onClick=${retry}>${t('core.again')}</button>`}</div>`;
}

/** Something is being read. lines: about how many. */
export function Loading({lines = 3}) {
    return html`<div class="skeleton" aria-busy="true">${Array.from({length: lines}, (_, i) => html`<i key=${i} />`)}<span class="spoken">${t('core.loading')}</span></div>`;
}
