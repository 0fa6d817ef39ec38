/*
 * list_field: an ordered list of names: taken away, moved up, added from those that are known or typed.
 *
 *   html`<${ListField} form=${form} name="profiles" label=${…} why=${…} known=${['office', 'lobby']} disabled=${false} />`
 */
import {html, useId, useState} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

/** See above. */
export function ListField({form, name, label, why, known = [], disabled}) {
    const id = useId();
    const [typed, setTyped] = useState('');
    const list = form.values[name] ?? [];
    const put = next => form.set(name, next);
    const add = () => {
        const word = typed.trim();
        if (word && !list.includes(word))
            put([...list, word]);
        setTyped('');
    };
    return html`
        <div class="field" role="group" aria-labelledby=${`${id}-label`}>
            <span class="field-label" id=${`${id}-label`}>${label}</span>
            ${why && html`<p class="hint">${why}</p>`}
            <ol class="list-field">${list.map((one, i) => html`
                <li key=${one}><span class="chip">${one}
                    ${!disabled && i > 0 && html`<button type="button" class="plain" onClick=${() => put([...list.slice(0, i - 1), one, list[i - 1], ...list.slice(i + 1)])}><${Icon} name="up" label=${t('list.up', {name: one})} /></button>`}
                    ${!disabled && html`<button type="button" class="plain" onClick=${() => put(list.filter(other => other !== one))}><${Icon} name="close" label=${t('list.remove', {name: one})} /></button>`}</span></li>`)}</ol>
            ${!disabled && html`<div class="control"><input list=${`${id}-known`} value=${typed} aria-label=${t('list.add-to', {name: label})} maxlength="64" onInput=${event => setTyped(event.target.value)}
                    onKeyDown=${event => {
                        if (event.key === 'Enter') {
                            event.preventDefault();
                            add();
                        }
                    }} /><button type="button" onClick=${add} disabled=${!typed.trim()}><${Icon} name="plus" /> ${t('list.add')}</button>
                <datalist id=${`${id}-known`}>${known.filter(one => !list.includes(one)).map(one => html`<option key=${one} value=${one} />`)}</datalist></div>`}
            ${form.errors[name] && html`<p class="error"><${Icon} name="warning" /> ${form.errors[name]}</p>`}
        </div>`;
}
