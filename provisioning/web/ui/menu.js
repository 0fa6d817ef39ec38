/*
 * menu: a button with further actions.
 *
 *   html`<${Menu} label=${t('phone.more')} items=${[[t('phone.revoke'), fn, 'danger'], …]} />`
 *
 * Arrow keys move, Escape closes, and the focus goes back to the button.
 */
import {html, useEffect, useId, useRef, useState, classes} from '/html.js';
import {Icon} from '/ui/icon.js';

/** See above. */
export function Menu({label, items}) {
    const [open, setOpen] = useState(false);
    const box = useRef(null);
    const button = useRef(null);
    const id = useId();
    useEffect(() => {
        if (!open)
            return undefined;
        box.current.querySelector('[role="menuitem"]')?.focus();
        const outside = event => !box.current?.contains(event.target) && setOpen(false);
        document.addEventListener('pointerdown', outside);
        return () => document.removeEventListener('pointerdown', outside);
    }, [open]);
    if (!items.length)
        return null;
    const keys = event => {
        const all = [...box.current.querySelectorAll('[role="menuitem"]')];
        const at = all.indexOf(document.activeElement);
        const to = {ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1}[event.key];
        if (to !== undefined) {
            event.preventDefault();
            all[(to + all.length) % all.length].focus();
        } else if (event.key === 'Escape' || event.key === 'Tab') {
            setOpen(false);
            if (event.key === 'Escape')
                button.current.focus();
        }
    };
    return html`
        <div class="menu" ref=${box}>
            <button type="button" ref=${button} aria-haspopup="menu" aria-expanded=${String(open)} aria-controls=${open ? id : null} onClick=${() => setOpen(!open)}>${label} <${Icon} name="down" /></button>
            ${open && html`<div class="menu-list" role="menu" id=${id} aria-label=${label} onKeyDown=${keys}>${items.map(([shown, act, kind]) => html`
                <button key=${shown} type="button" role="menuitem" tabindex="-1" class=${classes('plain', kind)} onClick=${() => {
                    setOpen(false);
                    button.current.focus();
                    act();
                }}>${shown}</button>`)}</div>`}
        </div>`;
}
