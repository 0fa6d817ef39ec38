/*
 * phone/replace: another phone takes this one's place.
 */
import {html, useState} from '/html.js';
import {t} from '/i18n.js';
import {read, send} from '/api.js';
import {go} from '/router.js';
import {mac as shownMac, macRead} from '/format.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {useForm, Form, TextField, CheckField} from '/ui/form.js';
import {useResource} from '/resource.js';
import {toast} from '/ui/toast.js';

/** A dialog that asks for the new phone. */
export function replaceDialog(phone) {
    return openDialog(close => html`<${Replace} phone=${phone} close=${close} />`);
}

function Replace({phone, close}) {
    const waiting = useResource('/phones', {query: {state: 'waiting,seen,expected', limit: 50, sort: '-seen'}});
    const [busy, setBusy] = useState(false);
    const form = useForm({
        base: {new: '', without_certificate: false}, keep: true,
        save: async (_, {values}) => {
            const mac = macRead(values.new);
            if (!mac)
                return form.failAt('new', t('phone.replace.no-mac'));
            setBusy(true);
            const {body} = await send('POST', `/phones/${phone.mac}/replace`, {new: mac, without_certificate: Boolean(values.without_certificate)}).finally(() => setBusy(false));
            toast(t('phone.replace.begun', {mac: shownMac(mac)}));
            close(body);
            go(`/phones/${mac}`);
            return body;
        },
    });
    return html`
        <${Dialog} title=${t('phone.replace.title', {name: phone.name || shownMac(phone.mac)})} onClose=${() => close()}>
            <${Form} form=${form}>
                <div class="dialog-body">
                    <p>${t('phone.replace.text')}</p>
                    <${TextField} form=${form} name="new" label=${t('phone.replace.new')} why=${t('phone.replace.new.why')} list="replace-known" class="mono" autocomplete="off" maxlength="17" required />
                    <datalist id="replace-known">${(waiting.data?.phones ?? []).map(one => html`<option key=${one.mac} value=${shownMac(one.mac)}>${[one.model, one.name].filter(Boolean).join(' ')}</option>`)}</datalist>
                    <${CheckField} form=${form} name="without_certificate" label=${t('phone.replace.without')} why=${t('phone.replace.without.why')} />
                </div>
                <footer><button type="button" onClick=${() => close()}>${t('core.cancel')}</button><button class="primary" disabled=${busy || !form.values.new}>${t('phone.replace')}</button></footer>
            </${Form}>
        </${Dialog}>`;
}
