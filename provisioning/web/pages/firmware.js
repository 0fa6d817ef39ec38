/*
 * firmware: the phones' firmware files: what is there, and a new one in parts.
 */
import {html, useState, useId} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {bytes} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Progress} from '/ui/meter.js';
import {sendParts} from '/ui/upload.js';
import {Ago} from '/ui/words.js';
import {Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';
import {scopePath} from '/pages/settings.js';

/** What the name of the maker's file says: snomD785-10.1.184.14-SIP-r.bin. */
export function guess(name) {
    const version = /(\d+(?:\.\d+){2,3})/.exec(name)?.[1] ?? '';
    const model = /snom[ _-]?([A-Z]?\d{3}[A-Z]?)/i.exec(name)?.[1] ?? '';
    return {model: model && `snom${model.toUpperCase()}`, version};
}

/* The parts one after the other; told(offset) after each. */
async function upload(file, values, told) {
    const parts = id => `/firmware/uploads/${id}`;
    const id = await sendParts(file, {begin: '/firmware', parts, values: {...values, file: file.name}, told});
    await send('POST', `${parts(id)}/finish`, {});
}

function Text({label, why, value, onInput}) {
    const id = useId();
    return html`<div class="field"><label for=${id}>${label}</label><p class="hint" id=${`${id}-why`}>${why}</p>
        <input id=${id} type="text" required autocomplete="off" spellcheck=${false} maxlength="63" aria-describedby=${`${id}-why`} value=${value} onInput=${event => onInput(event.target.value)} /></div>`;
}

function Upload({onDone}) {
    const id = useId();
    const [file, setFile] = useState(null);
    const [values, setValues] = useState({model: '', version: '', kind: 'firmware'});
    const [sent, setSent] = useState(null);
    const {busy, act} = useAct();
    const choose = event => {
        const one = event.target.files[0] ?? null;
        setFile(one);
        if (one)
            setValues({...values, ...guess(one.name)});
    };
    const submit = async event => {
        event.preventDefault();
        const form = event.target;
        setSent(0);
        const done = await act(() => upload(file, values, setSent), t('firmware.done', {file: file.name}));
        setSent(null);
        if (done) {
            form.reset();
            setFile(null);
            onDone();
        }
    };
    return html`
        <form class="form" onSubmit=${submit}>
            <div class="field"><label for=${id}>${t('firmware.file')}</label><p class="hint" id=${`${id}-why`}>${t('firmware.file.why')}</p>
                <input id=${id} type="file" required aria-describedby=${`${id}-why`} onChange=${choose} /></div>
            ${file && html`
                <${Text} label=${t('firmware.model')} why=${t('firmware.model.why')} value=${values.model} onInput=${model => setValues({...values, model})} />
                <${Text} label=${t('firmware.version')} why=${t('firmware.version.why')} value=${values.version} onInput=${version => setValues({...values, version})} />
                <div class="field"><label for=${`${id}-kind`}>${t('firmware.kind')}</label><p class="hint" id=${`${id}-kindwhy`}>${t('firmware.kind.why')}</p>
                    <select id=${`${id}-kind`} aria-describedby=${`${id}-kindwhy`} onChange=${event => setValues({...values, kind: event.target.value})}>
                        ${['firmware', 'vpn-feature'].map(kind => html`<option key=${kind} value=${kind} selected=${kind === values.kind}>${t(`firmware.kind.${kind}`)}</option>`)}</select></div>
                ${sent !== null && html`<${Progress} label=${t('firmware.sending')} part=${sent} whole=${file.size} text=${`${bytes(sent)} / ${bytes(file.size)}`} />`}
                <div class="actions"><button class="primary" disabled=${busy} aria-busy=${String(busy)}><${Icon} name="upload" />${t('firmware.upload', {size: bytes(file.size)})}</button></div>`}
        </form>`;
}

async function remove(one, act, reload) {
    if (await ask({title: t('firmware.remove', {file: one.file}), text: t('firmware.remove.text'), action: t('part.remove'), danger: true})
        && await act(() => send('DELETE', `/firmware/${encodeURIComponent(one.file)}`), t('firmware.removed')))
        reload();
}

function columns(act, busy, reload) {
    return [
        {name: t('firmware.version'), head: true, sort: one => one.version, cell: one => one.version},
        {name: t('firmware.model'), sort: one => one.model, cell: one => one.model},
        {name: t('firmware.kind'), cell: one => t(`firmware.kind.${one.kind}`)},
        {name: t('firmware.file'), cell: one => html`<code class="long">${one.file}</code>`},
        {name: t('firmware.size'), number: true, sort: one => one.size, cell: one => bytes(one.size)},
        {name: 'SHA-256', cell: one => html`<code class="cut" title=${one.sha256}>${one.sha256.slice(0, 16)}…</code>`},
        {name: t('firmware.added'), sort: one => one.added_at, cell: one => html`<${Ago} at=${one.added_at} />`},
        may('admin') && {name: t('part.do'), tight: true, cell: one => html`
            ${one.kind === 'firmware' && html`<a class="button small" href=${href(scopePath('model', one.model), {set: 'firmware', value: one.version})}>${t('firmware.use', {model: one.model})}</a>`}
            <button type="button" class="plain small" disabled=${busy} onClick=${() => remove(one, act, reload)}><${Icon} name="trash" label=${t('firmware.remove', {file: one.file})} /></button>`},
    ].filter(Boolean);
}

/** The page. */
export default function Firmware() {
    const list = useResource('/firmware', {on: ['settings']});
    const {busy, act} = useAct();
    return html`
        <${Heading} title=${t('nav.firmware')} sub=${t('firmware.lead')} />
        <${Panel} title=${t('firmware.list')}>
            <${Loaded} of=${list} show=${data => html`
                <${Listing} caption=${t('firmware.list')} rows=${data.firmware} id=${one => one.file} columns=${columns(act, busy, list.reload)} empty=${t('firmware.none')} />`} />
        </${Panel}>
        ${may('admin') && html`<${Panel} title=${t('firmware.new')}>
            <${Notice}><p>${t('firmware.tunnel-only')}</p></${Notice}>
            <${Upload} onDone=${list.reload} /></${Panel}>`}`;
}
