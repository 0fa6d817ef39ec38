/*
 * once: something that is shown once: a one-time code, a token, recovery codes. Can be copied; closing asks for nothing, but says that it is gone.
 *
 *   openDialog(close => html`<${Once} title=${…} text=${…} lines=${[[name, value], …]} onClose=${close} />`)
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {Dialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        toast(t('part.copied'));
    } catch {
        toast(t('part.not-copied'), {kind: 'warn'});
    }
}

/** See above. */
export function Once({title, text, lines, onClose, children}) {
    return html`
        <${Dialog} title=${title} onClose=${() => onClose(true)}>
            <div class="dialog-body">
                <p>${text}</p>
                <dl class="once">${lines.map(([name, value]) => html`
                    <div key=${name}><dt>${name}</dt><dd><code>${value}</code>
                        <button type="button" class="plain small" onClick=${() => copy(value)}><${Icon} name="copy" label=${`${t('part.copy')}: ${name}`} /></button></dd></div>`)}</dl>
                ${children}
                <p class="hint">${t('part.once')}</p>
            </div>
            <footer><button type="button" class="primary" onClick=${() => onClose(true)}>${t('part.noted')}</button></footer>
        </${Dialog}>`;
}
