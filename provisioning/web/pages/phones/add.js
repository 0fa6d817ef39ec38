/*
 * phones/add: a phone made known by hand.
 */
import {html} from '/html.js';
import {t} from '/i18n.js';
import {send} from '/api.js';
import {macRead, mac as shownMac} from '/format.js';
import {go} from '/router.js';
import {Dialog, openDialog} from '/ui/dialog.js';
import {useForm, Form, TextField, ChoiceField} from '/ui/form.js';
import {ListField} from '/ui/list_field.js';
import {toast} from '/ui/toast.js';

/** A dialog; profiles: names that are known. */
export function addDialog(profiles) {
    return openDialog(close => html`<${Add} profiles=${profiles} close=${close} />`);
}

function Add({profiles, close}) {
    const form = useForm({
        base: {mac: '', name: '', model: '', profiles: [], sip_user: '', sip_secret: '', how: 'expected'}, keep: true,
        save: (_, {values}) => send('POST', '/phones', {
            mac: macRead(values.mac) ?? values.mac, approve: values.how === 'approve', expected: values.how === 'expected',
            ...Object.fromEntries(['name', 'model', 'sip_user', 'sip_secret'].filter(name => values[name]).map(name => [name, values[name]])),
            ...(values.profiles.length ? {profiles: values.profiles} : {}),
        }),
        onSaved: answer => {
            toast(t('phones.added', {mac: shownMac(answer.body.mac)}));
            close();
            go(`/phones/${answer.body.mac}`);
        },
    });
    return html`
        <${Dialog} title=${t('phones.add')} onClose=${() => close()}>
            <${Form} form=${form}>
                <div class="dialog-body">
                    <${TextField} form=${form} name="mac" label=${t('phones.mac')} why=${t('phones.mac.why')} class="mono" maxlength="17" autocomplete="off" placeholder="00:04:13:AA:BB:CC" required />
                    <${TextField} form=${form} name="name" label=${t('phones.name')} why=${t('phones.name.why')} maxlength="64" optional />
                    <${TextField} form=${form} name="model" label=${t('phones.model')} why=${t('phones.model.why')} maxlength="31" class="mono" optional />
                    <${ListField} form=${form} name="profiles" label=${t('phones.profiles')} why=${t('phones.profiles.why')} known=${profiles} />
                    <div class="columns"><${TextField} form=${form} name="sip_user" label=${t('phones.sip-user')} maxlength="64" autocomplete="off" optional />
                        <${TextField} form=${form} name="sip_secret" type="password" label=${t('phones.sip-secret')} maxlength="128" autocomplete="new-password" optional /></div>
                    <${ChoiceField} form=${form} name="how" label=${t('phones.add.how')} options=${[['expected', t('phones.add.expected'), t('phones.add.expected.why')], ['approve', t('phones.add.approve'), t('phones.add.approve.why')]]} />
                </div>
                <footer><button type="button" onClick=${() => close()}>${t('core.cancel')}</button><button class="primary" disabled=${form.busy || !form.values.mac}>${t('phones.add')}</button></footer>
            </${Form}>
        </${Dialog}>`;
}
