/*
 * toast: short news at the lower edge, and the live region a screen reader listens to.
 *
 *   toast(t('phone.saved'))                  good news; goes by itself after six seconds
 *   toast(error)                             a Problem: stays until it is closed
 *   toast(t('…'), {kind: 'warn', action: [t('core.undo'), fn]})
 *   say(t('phones.found', {n}))              only spoken
 */
import {html, signal} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

const toasts = signal([]);
const spoken = signal('');
let number = 0;

function drop(id) {
    toasts.value = toasts.value.filter(one => one.id !== id);
}

/** Shows a message; an Error is bad news. kind: 'good' | 'warn' | 'bad'. */
export function toast(what, {kind, action} = {}) {
    if (what?.code === 'cancelled' || what?.name === 'AbortError')
        return;
    const bad = what instanceof Error;
    const one = {id: ++number, kind: kind ?? (bad ? 'bad' : 'good'), text: bad ? what.message : what, action};
    toasts.value = [...toasts.value.filter(other => other.text !== one.text).slice(-3), one];
    if (one.kind === 'good' && !action)
        setTimeout(() => drop(one.id), 6000);
}

/** Said by a screen reader, shown to nobody. */
export function say(text) {
    spoken.value = spoken.value === text ? `${text}\u00a0` : text;
}

const ICONS = {good: 'check', warn: 'warning', bad: 'warning'};

/** Stands once, in the shell. */
export function Toasts() {
    return html`
        <div class="toasts" role="region" aria-label=${t('core.news')}>
            ${toasts.value.map(one => html`
                <div key=${one.id} class=${`toast ${one.kind}`} role=${one.kind === 'bad' ? 'alert' : 'status'}>
                    <${Icon} name=${ICONS[one.kind]} />
                    <span>${one.text}</span>
                    ${one.action && html`<button class="plain" onClick=${() => {
                        drop(one.id);
                        one.action[1]();
                    }}>${one.action[0]}</button>`}
                    <button class="plain small" onClick=${() => drop(one.id)}><${Icon} name="close" label=${t('core.close')} /></button>
                </div>`)}
        </div>
        <div class="spoken" aria-live="polite" role="status">${spoken.value}</div>`;
}
