/*
 * steps: where one is on a way of several steps.
 *
 *   html`<${Steps} label=${t('first.steps')} names=${['…', '…']} at=${2} />`
 *   html`<${Way} at=${2} />`      the way from power-on to the first green phone
 */
import {html, classes} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

/** See above; at counts from 0. */
export function Steps({label, names, at}) {
    return html`
        <nav class="steps" aria-label=${label}>
            <p class="only-narrow hint">${t('core.step', {n: at + 1, of: names.length})}</p>
            <ol>${names.map((name, i) => html`
                <li key=${name} class=${classes(i < at && 'done', i === at && 'now')} aria-current=${i === at ? 'step' : null}>
                    <span class="step-mark">${i < at ? html`<${Icon} name="check" />` : i + 1}</span><span class="step-name">${name}</span></li>`)}</ol>
        </nav>`;
}

/** The six steps from power-on to the first green phone; at counts from 0. */
export function Way({at}) {
    return html`<${Steps} label=${t('way')} at=${at} names=${['code', 'password', 'site', 'network', 'plug', 'approve'].map(name => t(`way.${name}`))} />`;
}
