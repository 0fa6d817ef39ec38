/*
 * site: every value of the site, in groups, each with why it is asked and what it is when nobody says anything.
 */
import {html, useEffect, useId} from '/html.js';
import {send} from '/api.js';
import {has, t, tn} from '/i18n.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {useForm, Form, TextField, AreaField, SelectField, Actions} from '/ui/form.js';
import {Heading} from '/ui/shell.js';
import {Said} from '/ui/words.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';

/** Which values stand together; a value that none of them names is shown in the last group. */
export const GROUPS = [
    ['site', ['name', 'country', 'language', 'time_zone']],
    ['sip', ['sip_host', 'sip_transport']],
    ['lan', ['lan_interface', 'lan_address']],
    ['dhcp', ['dhcp_mode', 'unknown_clients', 'pool_first', 'pool_last', 'router', 'dns', 'ntp', 'domain', 'lease_s']],
    ['find', ['pnp_mode', 'option_form', 'bootstrap_url', 'option_120', 'option_132', 'option_133']],
    ['uplink', ['uplink_interface', 'uplink_address', 'uplink_gateway']],
    ['tunnel', ['vpn_host', 'vpn_port', 'tunnel_address', 'reach_nat', 'renew_days', 'rsa_models']],
    ['home', ['vpn_public_host', 'vpn_public_port', 'vpn_tcp_port', 'vpn_public_tcp_port']],
    ['trust', ['phone_ca', 'listed_phones', 'replace_wait_s', 'seal_days']],
    ['watch', ['rogue_watch', 'known_servers']],
    ['rollout', ['poll_minutes', 'notify', 'rollout_mode', 'rollout_share', 'rollout_wait_s', 'rollout_settle_s']],
    ['legacy', ['legacy', 'legacy_port', 'legacy_https_port', 'legacy_address', 'legacy_tls10_models']],
    ['update', ['update_url', 'update_share', 'update_wait']],
    ['page', ['admin_port', 'admin_on']],
];

const CHOICES = {
    dhcp_mode: ['server', 'off'], unknown_clients: ['plain', 'silent'], pnp_mode: ['on', 'off'], option_form: ['url', 'split', 'both'],
    sip_transport: ['tls', 'tcp', 'udp'], notify: ['on', 'off'], rollout_mode: ['rings', 'at-once'], rogue_watch: ['on', 'off'],
    listed_phones: ['certificate', 'ask'], reach_nat: ['on', 'off'], legacy: ['on', 'off'], admin_on: ['both', 'uplink', 'lan'],
};

/* Changing one of these can take the ground from under this page, or from under phones. */
const GROUND = ['lan_interface', 'lan_address', 'uplink_interface', 'uplink_address', 'uplink_gateway', 'tunnel_address', 'vpn_host', 'vpn_port', 'admin_port', 'admin_on', 'legacy_address'];

function label(name) {
    return has(`site.${name}`) ? t(`site.${name}`) : name;
}

function choiceText(name, value) {
    return has(`site.${name}.${value}`) ? t(`site.${name}.${value}`) : value;
}

function why(one) {
    const text = has(`site.${one.name}.why`) ? t(`site.${one.name}.why`) : html`<${Said} text=${one.purpose} />`;
    const usual = one.needed ? t('sitepage.needed') : one.default === null ? t('sitepage.computed')
        : one.default === '' ? null : t('sitepage.default', {value: choiceText(one.name, one.default)});
    return html`${text}${usual && html` <span class="faint">${usual}</span>`}`;
}

function Value({form, one}) {
    const common = {form, name: one.name, label: label(one.name), why: why(one)};
    if (CHOICES[one.name])
        return html`<${SelectField} ...${common} options=${[
            ['', t('sitepage.usual', {value: choiceText(one.name, one.default)})], ...CHOICES[one.name].map(value => [value, choiceText(one.name, value)])]} />`;
    if (one.name === 'phone_ca')
        return html`<${AreaField} ...${common} rows="6" spellcheck=${false} placeholder="-----BEGIN CERTIFICATE-----" />`;
    return html`<${TextField} ...${common} spellcheck=${false} autocomplete="off" placeholder=${one.default || ''} maxlength="1000" />`;
}

function Group({name, values, form}) {
    return html`
        <${Panel} title=${t(`site.group.${name}`)} className=${`group-${name}`}>
            ${may('admin') ? values.map(one => html`<${Value} key=${one.name} form=${form} one=${one} />`)
                : html`<${Facts} rows=${values.map(one => [label(one.name), choiceText(one.name, one.value || one.default || '–')])} />`}
        </${Panel}>`;
}

function grouped(values) {
    const known = new Set(GROUPS.flatMap(([, names]) => names));
    const byName = new Map(values.map(one => [one.name, one]));
    return GROUPS.map(([name, names], i) => [name, [
        ...names.map(one => byName.get(one)).filter(Boolean),
        ...(i === GROUPS.length - 1 ? values.filter(one => !known.has(one.name)) : []),
    ]]).filter(([, list]) => list.length);
}

/* Before the ground is moved, the person says so. */
async function sure(changed) {
    const moved = Object.keys(changed).filter(name => GROUND.includes(name));
    return !moved.length || Boolean(await ask({
        title: t('sitepage.ground'), text: [t('sitepage.ground.text'), moved.map(label).join(', ')], action: t('form.save'), danger: true,
    }));
}

function Groups({site, group}) {
    const pick = body => Object.fromEntries(body.values.map(one => [one.name, one.value]));
    const form = useForm({
        base: pick(site.data), etag: site.etag, path: '/site', pick,
        save: (changed, {etag}) => send('PATCH', '/site', {values: changed}, {etag}),
        onSaved: answer => {
            site.set(answer.body, answer.etag);
            toast(t('sitepage.saved'));
        },
    });
    const guarded = {...form, submit: async over => await sure(over?.changed ?? form.changed) && form.submit(over)};
    useEffect(() => {
        if (group)
            document.querySelector(`.group-${group}`)?.scrollIntoView({block: 'start'});
    }, [group]);
    return html`
        ${!site.data.complete && html`<${Notice} kind="warn"><p>${t('sitepage.missing', {names: site.data.missing.map(label).join(', ')})}</p></${Notice}>`}
        <${Form} form=${guarded} labels=${Object.fromEntries(site.data.values.map(one => [one.name, label(one.name)]))} className="groups">
            ${grouped(site.data.values).map(([name, values]) => html`<${Group} key=${name} name=${name} values=${values} form=${guarded} />`)}
            ${may('admin') && form.dirty && html`<div class="save-bar"><p>${tn('sitepage.changed', Object.keys(form.changed).length)}</p><${Actions} form=${guarded} /></div>`}
        </${Form}>`;
}

function Jump({values}) {
    const id = useId();
    const go = event => {
        event.preventDefault();
        const target = document.querySelector(event.target.closest('a').dataset.to);
        target.scrollIntoView({block: 'start'});
        target.querySelector('input,select,textarea')?.focus({preventScroll: true});
    };
    return html`<nav class="jump" aria-labelledby=${id}><span id=${id} class="spoken">${t('sitepage.jump')}</span>
        <ul>${grouped(values).map(([name]) => html`<li key=${name}><a href="#/site" data-to=${`.group-${name}`} onClick=${go}>${t(`site.group.${name}`)}</a></li>`)}</ul></nav>`;
}

/** The page. */
export default function Site({query}) {
    const site = useResource('/site', {on: ['site']});
    return html`
        <${Heading} title=${t('nav.site')} sub=${t('sitepage.lead')} />
        <${Loaded} of=${site} lines=${12} show=${data => html`<${Jump} values=${data.values} /><${Groups} site=${site} group=${query.group} />`} />`;
}
