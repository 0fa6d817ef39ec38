/*
 * certificate: the page's own: its fingerprint (the console shows the same), its end, and one of one's own instead.
 */
import {html, useState, useId} from '/html.js';
import {send, read, saveFile} from '/api.js';
import {t} from '/i18n.js';
import {ago, date, now} from '/format.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Mark} from '/ui/words.js';
import {Meter} from '/ui/meter.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';
import {useForm, Form, AreaField, Actions} from '/ui/form.js';
import {useAct} from '/ui/act.js';

const SOON = 30 * 86400;

/** 64 hex digits as browsers show them: AB:CD:…, in lines of eight. */
export function fingerprint(text) {
    const pairs = text.replace(/[^0-9a-fA-F]/g, '').toUpperCase().match(/../g) ?? [];
    return pairs.join(':');
}

function Present({one}) {
    const left = one.not_after - now();
    const kind = left < 0 ? 'bad' : left < SOON && one.uploaded ? 'warn' : 'good';
    return html`
        <p><${Mark} kind=${kind} text=${t(left < 0 ? 'pagecert.ended' : 'pagecert.ends', {date: date(one.not_after), when: ago(one.not_after)})} /></p>
        <${Meter} label=${t('pagecert.life')} part=${Math.max(0, left)} whole=${one.not_after - one.not_before} kind=${kind} text=${ago(one.not_after)} />
        <p class="hint">${t(one.uploaded ? 'pagecert.renew-own' : 'pagecert.renews')}</p>
        <${Facts} rows=${[
            [t('pagecert.kind'), t(one.uploaded ? 'pagecert.uploaded' : 'pagecert.ours')],
            [t('pagecert.sha256'), html`<code class="print">${fingerprint(one.sha256)}</code>`],
            [t('pagecert.names'), one.names.map(name => html`<code key=${name} class="line">${name}</code>`)],
            [t('pagecert.subject'), one.subject], [t('pagecert.issuer'), one.issuer],
            [t('pagecert.from'), date(one.not_before)], [t('pagecert.until'), date(one.not_after)],
        ]} />`;
}

/* A PEM file into a field: chosen, or pasted. */
function FromFile({form, name, label}) {
    const id = useId();
    const choose = async event => {
        const file = event.target.files[0];
        if (file)
            form.set(name, await file.text());
        event.target.value = '';
    };
    return html`<div class="field"><label for=${id}>${label}</label><input id=${id} type="file" accept=".pem,.crt,.cer,.key,text/plain" onChange=${choose} /></div>`;
}

function Upload({onDone}) {
    const [base] = useState({certificate: '', private_key: ''});
    const form = useForm({
        base,
        save: (changed, {values}) => send('PUT', '/certificate', {certificate: values.certificate, private_key: values.private_key}),
        onSaved: ({body}) => {
            toast(t('pagecert.taken'));
            onDone(body);
        },
    });
    return html`
        <${Form} form=${form}>
            <${FromFile} form=${form} name="certificate" label=${t('pagecert.file')} />
            <${AreaField} form=${form} name="certificate" label=${t('pagecert.pem')} why=${t('pagecert.pem.why')} rows="6" spellcheck=${false} autocomplete="off" placeholder="-----BEGIN CERTIFICATE-----" />
            <${FromFile} form=${form} name="private_key" label=${t('pagecert.key-file')} />
            <${AreaField} form=${form} name="private_key" label=${t('pagecert.key')} why=${t('pagecert.key.why')} rows="4" spellcheck=${false} autocomplete="off" placeholder="-----BEGIN PRIVATE KEY-----" />
            <${Actions} form=${form} label=${t('pagecert.upload')} />
        </${Form}>`;
}

async function saveRoot() {
    try {
        const {root} = await read('/ca');
        saveFile('provost-root.pem', new Blob([root], {type: 'application/x-pem-file'}));
    } catch (error) {
        toast(error);
    }
}

/** The page. */
export default function Certificate() {
    const one = useResource('/certificate', {on: ['site'], every: 600});
    const {busy, act} = useAct();
    const back = async () => {
        if (await ask({title: t('pagecert.back'), text: t('pagecert.back.text'), action: t('pagecert.back'), danger: true})
            && await act(() => send('DELETE', '/certificate'), t('pagecert.is-back')))
            one.reload();
    };
    return html`
        <${Heading} title=${t('nav.certificate')} sub=${t('pagecert.lead')} />
        <${Panel} title=${t('pagecert.now')} hint=${t('pagecert.compare')}>
            <${Loaded} of=${one} show=${data => html`<${Present} one=${data} />
                ${!data.uploaded && html`<p class="hint">${t('pagecert.trust')}</p>
                    <p><button type="button" onClick=${saveRoot}><${Icon} name="download" />${t('part.save-ca')}</button></p>`}
                ${data.uploaded && may('owner') && html`<p><button type="button" class="danger" disabled=${busy} onClick=${back}>${t('pagecert.back')}</button></p>`}`} />
        </${Panel}>
        ${may('owner') ? html`<${Panel} title=${t('pagecert.own')} hint=${t('pagecert.own.why')}><${Upload} onDone=${body => one.set(body)} /></${Panel}>`
            : html`<${Notice}><p>${t('pagecert.owner')}</p></${Notice}>`}`;
}
