/*
 * bring: the ways an update comes in: a file of this computer, a stick in the appliance, an address.
 */
import {html, useState, useId} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {bytes} from '/format.js';
import {href} from '/router.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Said} from '/ui/words.js';
import {Notice, Panel} from '/ui/panel.js';
import {Sticks} from '/ui/sticks.js';
import {useAct} from '/ui/act.js';
import {useUpload, UploadProgress} from '/ui/upload.js';

const parts = id => `/update/uploads/${id}`;

function FromFile({reload, blocked}) {
    const id = useId();
    const [file, setFile] = useState(null);
    const up = useUpload();
    const submit = async event => {
        event.preventDefault();
        const form = event.target;
        const bundle = await up.run(file, {begin: '/update/uploads', parts, then: async one => (await send('POST', `${parts(one)}/finish`, {})).body});
        if (bundle) {
            toast(t('update.taken', {version: bundle.version}));
            form.reset();
            setFile(null);
        }
        reload();
    };
    return html`
        <form class="form" onSubmit=${submit}>
            <div class="field"><label for=${id}>${t('update.file')}</label><p class="hint" id=${`${id}-why`}>${t('update.file.why')}</p>
                <input id=${id} type="file" accept=".update" required aria-describedby=${`${id}-why`} disabled=${Boolean(up.phase)} onChange=${event => {
                    up.forget();
                    setFile(event.target.files[0] ?? null);
                }} /></div>
            <${UploadProgress} up=${up} />
            ${up.error && html`<${Notice} kind="bad"><p><b>${t('update.refused')}</b></p><p><${Said} text=${up.error.message} /></p></${Notice}>`}
            ${file && !up.phase && html`<div class="actions"><button class="primary" disabled=${blocked}><${Icon} name="upload" />${t('update.upload', {size: bytes(file.size)})}</button></div>`}
        </form>`;
}

function FromStick({reload, blocked}) {
    const {busy, act} = useAct();
    const take = async one => {
        await act(() => send('POST', '/update/sticks', {device: one.device, name: one.name}), t('update.stick.taken', {name: one.name}));
        reload();
    };
    return html`<${Sticks} path="/update/sticks" title=${t('update.stick')} none=${t('update.stick.none')} blocked=${busy || blocked} onTake=${take} />`;
}

function FromAddress({reload, rules, blocked}) {
    const id = useId();
    const [url, setUrl] = useState('');
    const {busy, act} = useAct();
    const usual = rules?.update_url ?? '';
    const fetchNow = async address => {
        await act(() => send('POST', '/update/download', address ? {url: address} : {}), t('update.fetching'));
        reload();
    };
    const submit = event => {
        event.preventDefault();
        fetchNow(url.trim());
    };
    return html`
        <h3>${t('update.url')}</h3>
        ${usual ? html`<p><code class="line">${usual}</code></p>
            <div class="actions"><button type="button" disabled=${busy || blocked} onClick=${() => fetchNow(null)}><${Icon} name="download" />${t('update.url.usual')}</button>
                <a class="button" href=${href('/site', {group: 'update'})}>${t('update.change')}</a></div>`
            : html`<p class="hint">${t('update.url.none')} <a href=${href('/site', {group: 'update'})}>${t('update.url.set')}</a></p>`}
        <form class="inline-form" onSubmit=${submit}>
            <div class="field"><label for=${id}>${t('update.url.other')}</label>
                <input id=${id} type="url" pattern="https://.*" placeholder="https://" maxlength="512" required autocomplete="off" spellcheck=${false} value=${url} onInput=${event => setUrl(event.target.value)} /></div>
            <button disabled=${busy || blocked}>${t('update.url.fetch')}</button>
        </form>`;
}

/** The panel. blocked: something goes on. */
export function Bring({reload, rules, blocked}) {
    return html`
        <${Panel} title=${t('update.bring')} hint=${t('update.bring.why')}>
            <${FromFile} reload=${reload} blocked=${blocked} />
            <${FromStick} reload=${reload} blocked=${blocked} />
            <${FromAddress} reload=${reload} rules=${rules} blocked=${blocked} />
        </${Panel}>`;
}
