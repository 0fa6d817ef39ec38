/*
 * phone_picker: one phone, found while typing its name, number, address or MAC.
 *
 *   html`<${PhonePicker} label=${…} why=${…} onPick=${phone => …} />`      phone: a PhoneRow
 */
import {html, useState, useEffect, useId, useRef, classes} from '/html.js';
import {read} from '/api.js';
import {t} from '/i18n.js';
import {mac} from '/format.js';
import {later} from '/ui/act.js';

const FOUND = 8;

function Option({phone, id, chosen, onPick}) {
    return html`
        <li id=${id} role="option" aria-selected=${String(chosen)} class=${classes(chosen && 'chosen')} onMouseDown=${event => event.preventDefault()} onClick=${onPick}>
            <b>${phone.name || mac(phone.mac)}</b> <span class="faint">${[phone.name && mac(phone.mac), phone.model, phone.sip_user].filter(Boolean).join(' · ')}</span></li>`;
}

/** See above. */
export function PhonePicker({label, why, onPick}) {
    const id = useId();
    const [text, setText] = useState('');
    const [found, setFound] = useState(null);
    const [at, setAt] = useState(0);
    const asked = useRef(0);
    const search = useRef(null);
    search.current ??= later(async words => {
        const mine = ++asked.current;
        try {
            const {phones} = await read('/phones', {text: words, limit: FOUND});
            if (mine === asked.current)
                setFound(phones);
        } catch {
            setFound([]);
        }
    }, 150);
    useEffect(() => () => search.current.stop(), []);
    const type = event => {
        setText(event.target.value);
        setAt(0);
        if (event.target.value.trim())
            search.current.call(event.target.value);
        else
            setFound(null);
    };
    const pick = phone => {
        setText(phone.name || mac(phone.mac));
        setFound(null);
        onPick(phone);
    };
    const keys = event => {
        const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
        if (step && found?.length) {
            event.preventDefault();
            setAt((at + step + found.length) % found.length);
        } else if (event.key === 'Enter' && found?.[at]) {
            event.preventDefault();
            pick(found[at]);
        } else if (event.key === 'Escape' && found) {
            event.preventDefault();
            setFound(null);
        }
    };
    return html`
        <div class="field picker">
            <label for=${id}>${label}</label>
            ${why && html`<p class="hint" id=${`${id}-why`}>${why}</p>`}
            <input id=${id} type="text" role="combobox" autocomplete="off" spellcheck=${false} value=${text} placeholder=${t('part.phone-hint')}
                aria-expanded=${String(Boolean(found))} aria-controls=${`${id}-list`} aria-describedby=${why ? `${id}-why` : null} aria-autocomplete="list"
                aria-activedescendant=${found?.length ? `${id}-${at}` : null} onInput=${type} onKeyDown=${keys} onBlur=${() => setFound(null)} />
            <ul id=${`${id}-list`} role="listbox" aria-label=${t('part.found')} class="picks" hidden=${!found?.length}>
                ${(found ?? []).map((phone, i) => html`<${Option} key=${phone.mac} id=${`${id}-${i}`} phone=${phone} chosen=${i === at} onPick=${() => pick(phone)} />`)}</ul>
            ${found && !found.length && html`<p class="hint" role="status">${t('part.no-phone')}</p>`}
        </div>`;
}
