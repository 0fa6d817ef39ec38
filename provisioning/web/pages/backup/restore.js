/*
 * restore: a backup is chosen (a file of this computer, or on a stick), opened with its passphrase and tried; its report is shown line by line; then,
 * for whoever wants that, it takes the place of what is there.
 */
import {html, useState, useId, useRef, useEffect} from '/html.js';
import {send, Problem} from '/api.js';
import {t, tn, has} from '/i18n.js';
import {ago, bytes, dateTime, number} from '/format.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Steps} from '/ui/steps.js';
import {waitForReturn} from '/ui/away.js';
import {Loading, Mark, Said} from '/ui/words.js';
import {Facts, Notice, Panel} from '/ui/panel.js';
import {Sticks} from '/ui/sticks.js';
import {useUpload, UploadProgress} from '/ui/upload.js';

const parts = id => `/backup/uploads/${id}`;

/* Our words for what often happens, and the station's. */
function Refusal({error}) {
    const key = `backup.refused.${error instanceof Problem ? error.code : ''}`;
    return html`<${Notice} kind="bad">${has(key) && html`<p><b>${t(key)}</b></p>`}<p><${Said} text=${error.message} /></p></${Notice}>`;
}

function Choose({onChosen}) {
    const id = useId();
    const [file, setFile] = useState(null);
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const up = useUpload();
    const submit = async event => {
        event.preventDefault();
        setError(null);
        const upload = await up.run(file, {begin: '/backup/uploads', parts});
        if (upload)
            onChosen({upload, name: file.name});
    };
    const take = async one => {
        setBusy(true);
        setError(null);
        try {
            onChosen({upload: (await send('POST', '/backup/sticks', {device: one.device, name: one.name})).body.upload, name: one.name});
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    };
    return html`
        <form class="form" onSubmit=${submit}>
            <div class="field"><label for=${id}>${t('backup.file')}</label><p class="hint" id=${`${id}-why`}>${t('backup.file.why')}</p>
                <input id=${id} type="file" required aria-describedby=${`${id}-why`} disabled=${Boolean(up.phase)} onChange=${event => {
                    up.forget();
                    setFile(event.target.files[0] ?? null);
                }} /></div>
            <${UploadProgress} up=${up} />
            ${(up.error || error) && html`<${Refusal} error=${up.error ?? error} />`}
            ${file && !up.phase && html`<div class="actions"><button class="primary"><${Icon} name="upload" />${t('backup.upload', {size: bytes(file.size)})}</button></div>`}
        </form>
        <${Sticks} path="/backup/sticks" title=${t('backup.sticks')} none=${t('backup.sticks.none')} blocked=${busy} onTake=${take}
            extra=${[{name: t('backup.made-at'), cell: one => one.made_at ? dateTime(one.made_at) : '–'}]} />`;
}

function Open({chosen, onReport, onBack}) {
    const id = useId();
    const [passphrase, setPassphrase] = useState('');
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const submit = async event => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        try {
            onReport((await send('POST', '/backup/drill', {upload: chosen.upload, passphrase})).body, passphrase);
        } catch (problem) {
            if (problem.code !== 'cancelled')
                setError(problem);
            setBusy(false);
        }
    };
    return html`
        <form class="form" onSubmit=${submit}>
            <p>${t('backup.chosen')} <code class="long">${chosen.name}</code></p>
            <div class="field"><label for=${id}>${t('backup.passphrase')}</label><p class="hint" id=${`${id}-why`}>${t('backup.open.why')}</p>
                <input id=${id} type="password" required maxlength="256" autocomplete="off" aria-describedby=${`${id}-why`} value=${passphrase} onInput=${event => setPassphrase(event.target.value)} /></div>
            ${error && html`<${Refusal} error=${error} />`}
            ${busy && html`<div role="status"><p>${t('backup.drilling')}</p><${Loading} lines=${1} /></div>`}
            <div class="actions"><button class="primary" disabled=${busy} aria-busy=${String(busy)}><${Icon} name="key" />${t('backup.drill')}</button>
                <button type="button" disabled=${busy} onClick=${onBack}>${t('backup.other')}</button></div>
        </form>`;
}

/** What a trial restore found, line by line. */
export function Report({report}) {
    const title = useRef(null);
    const bad = report.checks.filter(one => !one.ok).length;
    useEffect(() => title.current.focus(), []);
    return html`
        <h3 ref=${title} tabindex="-1"><${Mark} kind=${report.ok ? 'good' : 'bad'} text=${report.ok ? tn('backup.report.good', report.checks.length) : tn('backup.report.bad', bad)} /></h3>
        <${Content} content=${report.content} />
        <ul class="plain-list checks">${report.checks.map((one, i) => html`
            <li key=${i}><${Mark} kind=${one.ok ? 'good' : 'bad'} text=${has(`backup.check.${one.name}`) ? t(`backup.check.${one.name}`) : one.name} /> <${Said} text=${one.text} /></li>`)}</ul>`;
}

/** What is in a backup. */
export function Content({content}) {
    return html`<${Facts} rows=${[
        [t('backup.site'), content.site || '–'], [t('backup.made-at'), `${dateTime(content.made_at)} (${ago(content.made_at)})`], [t('backup.phones'), number(content.phones)],
        [t('backup.version'), content.version], [t('backup.size'), bytes(content.size)],
    ]} />`;
}

function After({chosen, report, passphrase, onReport, onBack}) {
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const restore = async () => {
        const {content} = report;
        const text = [t('backup.restore.text', {when: dateTime(content.made_at), site: content.site || '–'}), tn('backup.restore.phones', content.phones), t('backup.restore.people'), t('backup.restore.safe')];
        if (!await ask({title: t('backup.restore.title'), text, action: t('backup.restore'), danger: true, type: t('backup.restore.word')}))
            return;
        setBusy(true);
        setError(null);
        try {
            const {status, body} = await send('POST', '/backup/restore', {upload: chosen.upload, passphrase});
            if (status === 202)
                return void waitForReturn(t('backup.restore.away'));
            onReport(body);
            setBusy(false);
        } catch (problem) {
            if (problem.code !== 'cancelled')
                setError(problem);
            setBusy(false);
        }
    };
    return html`
        <${Report} report=${report} />
        ${error && html`<${Refusal} error=${error} />`}
        ${report.ok && html`<p class="hint">${t('backup.restore.why')}</p>`}
        <div class="actions">
            ${report.ok && html`<button type="button" class="danger" disabled=${busy} aria-busy=${String(busy)} onClick=${restore}><${Icon} name="swap" />${t('backup.restore.open')}</button>`}
            <button type="button" disabled=${busy} onClick=${onBack}>${t('backup.done')}</button>
        </div>`;
}

/** The panel, for an owner. */
export function Restore() {
    const [chosen, setChosen] = useState(null);
    const [opened, setOpened] = useState(null);
    const back = () => {
        setOpened(null);
        setChosen(null);
    };
    return html`
        <${Panel} title=${t('backup.try')} hint=${t('backup.try.why')} className="restore">
            <${Steps} label=${t('backup.try')} at=${opened ? 2 : chosen ? 1 : 0} names=${['choose', 'open', 'report'].map(name => t(`backup.try.${name}`))} />
            ${opened ? html`<${After} chosen=${chosen} ...${opened} onBack=${back} onReport=${report => setOpened({...opened, report})} />`
                : chosen ? html`<${Open} chosen=${chosen} onBack=${back} onReport=${(report, passphrase) => setOpened({report, passphrase})} />`
                : html`<${Choose} onChosen=${setChosen} />`}
        </${Panel}>`;
}
