/*
 * phones/import: a table, a delivery note or settings of another system. First it is said what would happen; then it happens, or nothing does.
 */
import {html, useState} from '/html.js';
import {t, tn, word} from '/i18n.js';
import {base64, send} from '/api.js';
import {bytes} from '/format.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Mark, Said} from '/ui/words.js';

const MOST = 8 * 1024 * 1024;

/** A dialog. */
export function importDialog() {
    return openDialog(close => html`<${Import} close=${close} />`);
}

function Import({close}) {
    const [file, setFile] = useState(null);
    const [how, setHow] = useState('expected');
    const [seen, setSeen] = useState(null);
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const sendIt = async dry_run => {
        setBusy(true);
        setError(null);
        try {
            const {body} = await send('POST', '/imports', {kind: 'auto', name: file.name.slice(-128), content: await base64(file), dry_run, approve: how === 'approve', expected: how === 'expected'});
            if (dry_run || !body.kept)
                setSeen(body);
            else {
                toast(t('phones.imported', {added: body.added, changed: body.changed}));
                close(body);
            }
        } catch (problem) {
            setError(problem.message);
        }
        setBusy(false);
    };
    const choose = event => {
        const chosen = event.target.files[0];
        setSeen(null);
        setError(chosen && chosen.size > MOST ? t('phones.import.large', {size: bytes(MOST)}) : null);
        setFile(chosen && chosen.size <= MOST ? chosen : null);
    };
    const wrong = seen && (seen.problems.length > 0 || seen.read_problems.some(one => one.severity === 'error'));
    return html`
        <${Dialog} title=${t('phones.import')} onClose=${() => close()} wide=${Boolean(seen)}>
            <div class="dialog-body">
                <div class="field"><label for="import-file">${t('phones.import.file')}</label><p class="hint" id="import-why">${t('phones.import.why')}</p>
                    <input id="import-file" type="file" aria-describedby="import-why" accept=".csv,.txt,.xml,.htm,.html,.tar,text/*" onChange=${choose} /></div>
                <div class="field"><label for="import-how">${t('phones.add.how')}</label>
                    <select id="import-how" value=${how} onChange=${event => {
                        setHow(event.target.value);
                        setSeen(null);
                    }}><option value="expected">${t('phones.add.expected')}</option><option value="waiting">${t('phones.import.waiting')}</option><option value="approve">${t('phones.add.approve')}</option></select></div>
                ${error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error}</p></div>`}
                ${seen && html`<${Seen} seen=${seen} wrong=${wrong} />`}
            </div>
            <footer><button type="button" onClick=${() => close()}>${t('core.cancel')}</button>
                ${seen && !wrong ? html`<button class="primary" disabled=${busy} aria-busy=${busy} onClick=${() => sendIt(false)}>${t('phones.import.do')}</button>`
                    : html`<button class="primary" disabled=${busy || !file} aria-busy=${busy} onClick=${() => sendIt(true)}>${t('phones.import.look')}</button>`}</footer>
        </${Dialog}>`;
}

function Seen({seen, wrong}) {
    const problems = [...seen.problems.map(one => ({line: one.line, what: one.field, reason: one.reason, bad: true})),
        ...seen.read_problems.map(one => ({line: one.line, what: one.what, reason: one.reason, bad: one.severity === 'error'}))];
    return html`
        <section class="stack" aria-live="polite">
            <p><${Mark} kind=${wrong ? 'bad' : 'good'} text=${wrong ? t('phones.import.wrong') : t('phones.import.fine')} /></p>
            <dl class="facts">
                <dt>${t('phones.import.found')}</dt><dd>${word('phones.import.kind', seen.found)}</dd>
                <dt>${t('phones.import.phones')}</dt><dd>${t('phones.import.counts', {added: seen.added, changed: seen.changed, unchanged: seen.unchanged})}</dd>
                ${seen.n_settings + seen.n_shared > 0 && html`<dt>${t('phones.import.settings')}</dt><dd>${tn('phones.import.touches', seen.shared_phones ?? 0)}</dd>`}
            </dl>
            ${problems.length > 0 && html`<div class="scroll short" tabindex="0" role="region" aria-label=${t('phones.import.problems')}><table><thead><tr><th scope="col" class="number">${t('phones.import.line')}</th><th scope="col">${t('phones.import.what')}</th><th scope="col">${t('phones.import.reason')}</th></tr></thead>
                <tbody>${problems.slice(0, 200).map((one, i) => html`<tr key=${i}><td class="number">${one.line || '–'}</td><td class="mono">${one.what}</td><td><${Mark} kind=${one.bad ? 'bad' : 'warn'}><${Said} text=${one.reason} /></${Mark}></td></tr>`)}</tbody></table></div>`}
        </section>`;
}
