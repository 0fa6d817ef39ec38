/*
 * panel: the parts that settings, network and system pages are made of.
 *
 *   html`<${Panel} title=${…} hint=${…} actions=${…}>…</${Panel}>`                  a part of the page with a heading
 *   html`<${Loaded} of=${resource} show=${data => html`…`} />`                       grey while it is read, a sentence and "again" when it failed
 *   html`<${Facts} rows=${[[label, value], …]} />`                                  names and values; a value of null leaves its row out
 *   html`<${Notice} kind="warn">…</${Notice}>`                                      something to know here: good warn bad info
 */
import {html, useId, classes} from '/html.js';
import {Icon} from '/ui/icon.js';
import {Failed, Loading} from '/ui/words.js';

/** A part of the page. */
export function Panel({title, hint, actions, children, className}) {
    const id = useId();
    return html`
        <section class=${classes('card', className)} aria-labelledby=${id}>
            <header>
                <div><h2 id=${id}>${title}</h2>${hint && html`<p class="hint">${hint}</p>`}</div>
                ${actions && html`<div class="actions">${actions}</div>`}
            </header>
            ${children}
        </section>`;
}

/** What a resource (resource.js) has, once it is there. */
export function Loaded({of, show, lines}) {
    return html`
        <${Failed} error=${of.error} retry=${of.reload} />
        ${of.data ? show(of.data) : !of.error && html`<${Loading} lines=${lines} />`}`;
}

/** Names and values. */
export function Facts({rows}) {
    return html`<dl class="facts">${rows.filter(row => row && row[1] !== null && row[1] !== undefined && row[1] !== '' && row[1] !== false)
        .map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

const ICONS = {good: 'check', warn: 'warning', bad: 'warning', info: 'info'};

/** Something to know. */
export function Notice({kind = 'info', children}) {
    return html`<div class=${`notice ${kind}`} role=${kind === 'bad' ? 'alert' : 'note'}><${Icon} name=${ICONS[kind]} /><div>${children}</div></div>`;
}
