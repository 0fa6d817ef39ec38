/*
 * tabs: parts of one page; arrow keys go from one to the next.
 *
 *   html`<${Tabs} label=${t('phone.parts')} tabs=${[['way', t('phone.way')], ['settings', t('phone.settings'), 3]]} value=${query.tab ?? 'way'}
 *       onChange=${tab => setQuery({tab})}>${content}</${Tabs}>`
 *
 * A third entry is a number shown beside the name.
 */
import {html, useId, useRef, classes} from '/html.js';
import {number} from '/format.js';

/** See above. */
export function Tabs({label, tabs, value, onChange, children}) {
    const id = useId();
    const list = useRef(null);
    const keys = event => {
        const at = tabs.findIndex(([name]) => name === value);
        const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1}[event.key];
        if (to === undefined)
            return;
        event.preventDefault();
        const next = (to + tabs.length) % tabs.length;
        onChange(tabs[next][0]);
        list.current.children[next].focus();
    };
    return html`
        <div class="tabs">
            <div role="tablist" aria-label=${label} ref=${list} onKeyDown=${keys}>
                ${tabs.map(([name, shown, count]) => html`
                    <button key=${name} type="button" role="tab" id=${`${id}-${name}`} aria-selected=${String(name === value)} aria-controls=${`${id}-panel`}
                        tabindex=${name === value ? 0 : -1} class=${classes(name === value && 'chosen')} onClick=${() => onChange(name)}>
                        ${shown}${count !== undefined && count !== null && html` <span class="count">${number(count)}</span>`}</button>`)}
            </div>
            <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${value}`} tabindex="0">${children}</div>
        </div>`;
}
