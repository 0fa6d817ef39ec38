/*
 * dialog: a question over the page, in the browser's own <dialog> (focus stays inside, Escape closes).
 *
 *   html`<${Dialog} title=${…} onClose=${fn} wide>…</${Dialog}>`       shown as long as it is rendered
 *   const yes = await ask({title, text, action: t('phone.revoke'), danger: true});      true or false
 *   const given = await ask({…, fields: [{name: 'reason', label, why, required: true}], type: 'DELETE'});
 *        fields: the answer is {reason: '…'} or false; type: a word that must be typed first
 *   openDialog(close => html`…`)       anything; close(value) ends it, the promise is that value
 */
import {html, signal, useEffect, useRef, useState, useId, classes} from '/html.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

const open = signal([]);
let number = 0;

/** Shows what make(close) returns until close(value) is called; resolves with value. */
export function openDialog(make) {
    return new Promise(resolve => {
        const id = ++number;
        const close = value => {
            open.value = open.value.filter(one => one.id !== id);
            resolve(value);
        };
        open.value = [...open.value, {id, view: make(close)}];
    });
}

/** Stands once, in the shell. */
export function Dialogs() {
    return open.value.map(one => html`<div key=${one.id}>${one.view}</div>`);
}

/** The frame of a dialog. onClose: Escape, or the cross; null: it cannot be closed that way. */
export function Dialog({title, onClose, wide, children, className}) {
    const ref = useRef(null);
    const id = useId();
    useEffect(() => {
        const before = document.activeElement;
        ref.current.showModal();
        return () => before?.isConnected && before.focus?.();
    }, []);
    const cancel = event => {
        event.preventDefault();
        onClose?.();
    };
    return html`
        <dialog ref=${ref} class=${classes('dialog', wide && 'wide', className)} aria-labelledby=${id} onCancel=${cancel}>
            <header>
                <h2 id=${id}>${title}</h2>
                ${onClose && html`<button type="button" class="plain small" onClick=${() => onClose()}><${Icon} name="close" label=${t('core.close')} /></button>`}
            </header>
            ${children}
        </dialog>`;
}

function Ask({title, text, action, danger, fields = [], type, close}) {
    const [values, setValues] = useState(Object.fromEntries(fields.map(field => [field.name, field.value ?? ''])));
    const [typed, setTyped] = useState('');
    const id = useId();
    const ready = fields.every(field => !field.required || String(values[field.name]).trim().length >= (field.least ?? 1))
        && (!type || typed.trim().toLowerCase() === type.toLowerCase());
    const submit = event => {
        event.preventDefault();
        if (ready)
            close(fields.length ? values : true);
    };
    return html`
        <${Dialog} title=${title} onClose=${() => close(false)}>
            <form onSubmit=${submit}>
                <div class="dialog-body">
                    ${[].concat(text ?? []).map(line => html`<p>${line}</p>`)}
                    ${fields.map((field, i) => html`
                        <div class="field" key=${field.name}>
                            <label for=${`${id}-${i}`}>${field.label}</label>
                            ${field.why && html`<p class="hint" id=${`${id}-${i}-why`}>${field.why}</p>`}
                            ${field.options
                                ? html`<select id=${`${id}-${i}`} value=${values[field.name]}
                                    onChange=${event => setValues({...values, [field.name]: event.target.value})}>
                                    ${field.options.map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select>`
                                : html`<input id=${`${id}-${i}`} type=${field.type ?? 'text'} value=${values[field.name]} maxlength=${field.max ?? 250}
                                    required=${field.required} aria-describedby=${field.why ? `${id}-${i}-why` : null} autocomplete="off"
                                    onInput=${event => setValues({...values, [field.name]: event.target.value})} />`}
                        </div>`)}
                    ${type && html`
                        <div class="field">
                            <label for=${`${id}-type`}>${t('core.type-to-go-on', {word: type})}</label>
                            <input id=${`${id}-type`} value=${typed} autocomplete="off" spellcheck=${false} onInput=${event => setTyped(event.target.value)} />
                        </div>`}
                </div>
                <footer>
                    <button type="button" onClick=${() => close(false)}>${t('core.cancel')}</button>
                    <button class=${danger ? 'danger' : 'primary'} disabled=${!ready}>${action ?? t('core.yes')}</button>
                </footer>
            </form>
        </${Dialog}>`;
}

/** Asks; see above. */
export function ask(question) {
    return openDialog(close => html`<${Ask} ...${question} close=${close} />`);
}
