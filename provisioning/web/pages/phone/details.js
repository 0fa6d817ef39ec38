/*
 * phone/details: what people say of a phone. Helpdesk may change its name, admins all of it.
 */
import {html, useState} from '/html.js';
import {t} from '/i18n.js';
import {may} from '/session.js';
import {send} from '/api.js';
import {useResource} from '/resource.js';
import {useForm, Form, TextField, SelectField, Actions} from '/ui/form.js';
import {ListField} from '/ui/list_field.js';
import {toast} from '/ui/toast.js';

function pick(phone) {
    return {name: phone.name, model: phone.model, profiles: phone.profiles, lan_address: phone.lan_address ?? '', sip_user: phone.sip_user, vpn_class: phone.vpn_class, key_type: phone.key_type};
}

/** See above. */
export function Details({mac, phone}) {
    const scopes = useResource('/scopes');
    const known = (scopes.data?.scopes ?? []).filter(one => one.scope === 'profile').map(one => one.owner);
    const form = useForm({
        base: {...pick(phone.data), sip_secret: ''}, etag: phone.etag, path: `/phones/${mac}`, pick,
        save: (changed, {etag}) => send('PATCH', `/phones/${mac}`, changed, {etag}),
        onSaved: answer => {
            phone.set(answer.body, answer.etag);
            toast(t('phone.saved'));
        },
    });
    const admin = may('admin');
    const labels = Object.fromEntries(['name', 'model', 'profiles', 'lan_address', 'sip_user', 'sip_secret', 'vpn_class', 'key_type'].map(name => [name, t(`phone.details.${name}`)]));
    const text = (name, more = {}) => html`<${TextField} form=${form} name=${name} label=${labels[name]} why=${t(`phone.details.${name}.why`)} readOnly=${!admin && name !== 'name'} disabled=${!may('helpdesk')} ...${more} />`;
    return html`
        <section class="card">
            <${Form} form=${form} labels=${labels}>
                ${text('name', {maxlength: 64})}
                <${ListField} form=${form} name="profiles" label=${labels.profiles} why=${t('phone.details.profiles.why')} known=${known} disabled=${!admin} />
                ${text('model', {maxlength: 31, class: 'mono'})}
                <div class="columns">${text('sip_user', {maxlength: 64, autocomplete: 'off'})}
                    ${text('sip_secret', {maxlength: 128, type: 'password', autocomplete: 'new-password', placeholder: phone.data.has_sip_secret ? t('phone.details.kept') : ''})}</div>
                ${text('lan_address', {maxlength: 15, class: 'mono'})}
                ${admin && html`<div class="columns">
                    <${SelectField} form=${form} name="vpn_class" label=${labels.vpn_class} why=${t('phone.details.vpn_class.why')} options=${[['modern', t('vpn.modern')], ['legacy', t('vpn.legacy')]]} />
                    <${SelectField} form=${form} name="key_type" label=${labels.key_type} why=${t('phone.details.key_type.why')} options=${[['p256', 'P-256'], ['rsa2048', 'RSA 2048']]} /></div>`}
                ${may('helpdesk') && html`<${Actions} form=${form} />`}
            </${Form}>
        </section>
        <${Seal} mac=${mac} />`;
}

function Seal({mac}) {
    const seals = useResource('/seals');
    const seal = seals.data?.seals.find(one => one.mac === mac);
    const [busy, setBusy] = useState(false);
    const form = useForm({
        base: seals.data && {number: seal?.number ?? '', place: seal?.place ?? ''},
        save: changed => send('PUT', `/phones/${mac}/seal`, {number: form.values.number, place: form.values.place, inspected: false, ...changed}),
        onSaved: () => {
            toast(t('phone.saved'));
            seals.reload();
        },
    });
    const inspect = async () => {
        setBusy(true);
        await send('PUT', `/phones/${mac}/seal`, {inspected: true}).then(() => toast(t('phone.seal.seen')), toast);
        setBusy(false);
        seals.reload();
    };
    return seals.data && html`
        <section class="card">
            <h2>${t('phone.seal')}</h2>
            <${Form} form=${form} labels=${{number: t('phone.seal.number'), place: t('phone.seal.place')}}>
                <p class="hint">${t('phone.seal.why')}</p>
                <div class="columns"><${TextField} form=${form} name="number" label=${t('phone.seal.number')} maxlength="64" disabled=${!may('helpdesk')} /><${TextField} form=${form} name="place" label=${t('phone.seal.place')} maxlength="64" disabled=${!may('helpdesk')} /></div>
                ${may('helpdesk') && html`<${Actions} form=${form}>${seal && html`<button type="button" disabled=${busy} onClick=${inspect}>${t('phone.seal.inspect')}</button>`}</${Actions}>`}
            </${Form}>
        </section>`;
}
