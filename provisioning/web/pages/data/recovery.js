/*
 * recovery: the key that opens the data when this machine's chip does not. It is said once; one of its groups is typed again, so that it is on paper
 * before the dialog goes.
 *
 *   await newRecoveryKey(act)      asks, makes it, shows it; true when it was made
 */
import {html, useState, useId, useMemo} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {ask, Dialog, openDialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';

const plain = text => text.trim().toLowerCase();

function Check({groups, at, onGood, onAgain}) {
    const id = useId();
    const [typed, setTyped] = useState('');
    const [wrong, setWrong] = useState(false);
    const submit = event => {
        event.preventDefault();
        if (plain(typed) === plain(groups[at]))
            onGood();
        else
            setWrong(true);
    };
    return html`
        <form onSubmit=${submit}>
            <div class="dialog-body">
                <p>${t('data.key.check')}</p>
                <div class=${wrong ? 'field wrong' : 'field'}><label for=${id}>${t('data.key.group', {n: at + 1, of: groups.length})}</label>
                    <input id=${id} class="mono" autocomplete="off" spellcheck=${false} autocapitalize="none" maxlength="64" required value=${typed} aria-invalid=${wrong ? 'true' : null} aria-describedby=${wrong ? `${id}-wrong` : null}
                        onInput=${event => {
                            setTyped(event.target.value);
                            setWrong(false);
                        }} />
                    ${wrong && html`<p class="error" id=${`${id}-wrong`}><${Icon} name="warning" /> ${t('data.key.wrong')}</p>`}</div>
            </div>
            <footer><button type="button" onClick=${onAgain}>${t('data.key.again')}</button><button class="primary">${t('data.key.done')}</button></footer>
        </form>`;
}

function Key({value, close}) {
    const groups = useMemo(() => value.split('-'), [value]);
    const [at, setAt] = useState(null);
    const title = t(at === null ? 'data.key.title' : 'data.key.check.title');
    if (at !== null)
        return html`<${Dialog} key="check" title=${title} onClose=${null}><${Check} groups=${groups} at=${at} onGood=${() => close(true)} onAgain=${() => setAt(null)} /></${Dialog}>`;
    return html`
        <${Dialog} key="show" title=${title} onClose=${null}>
            <div class="dialog-body">
                <p>${t('data.key.text')}</p>
                <ol class="key-groups" aria-label=${t('data.key.title')}>${groups.map((group, i) => html`<li key=${i}><code>${group}</code></li>`)}</ol>
                <p class="hint">${t('data.key.once')}</p>
            </div>
            <footer><button type="button" onClick=${() => print()}>${t('data.key.print')}</button>
                <button type="button" class="primary" onClick=${() => setAt(Math.floor(Math.random() * groups.length))}>${t('data.key.written')}</button></footer>
        </${Dialog}>`;
}

/** See above. */
export async function newRecoveryKey(act) {
    if (!await ask({title: t('data.key.new'), text: [t('data.key.new.text'), t('data.key.new.old')], action: t('data.key.new.do')}))
        return false;
    const answer = await act(() => send('POST', '/data/recovery-key', {}));
    if (!answer)
        return false;
    await openDialog(close => html`<${Key} value=${answer.body.key} close=${close} />`);
    return true;
}
