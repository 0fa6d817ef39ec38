/*
 * reach: what phones may reach through the tunnel beyond the appliance: the telephone system first.
 */
import {html, useState, useId} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Empty, Said} from '/ui/words.js';
import {Panel, Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useForm, Form, TextField, SelectField, Actions} from '/ui/form.js';
import {useAct} from '/ui/act.js';
import {toast} from '/ui/toast.js';
import {scopePath} from '/pages/settings.js';

/* What a telephone system usually needs, one press each. */
const USUAL = {
    'sip-udp': {protocol: 'udp', ports: '5060 10000-20000'},
    'sip-tls': {protocol: 'tcp', ports: '5061'},
    voice: {protocol: 'udp', ports: '10000-20000'},
};

async function remove(rule, act, reload) {
    if (await ask({title: t('reach.remove'), text: [rule.sentence, t('reach.remove.text')], action: t('part.remove'), danger: true})
        && await act(() => send('DELETE', `/reach/${rule.number}`), t('reach.removed')))
        reload();
}

function columns(act, busy, reload) {
    return [
        {name: t('reach.rule'), head: true, cell: rule => html`<${Said} text=${rule.sentence} />`},
        {name: t('reach.who'), cell: rule => rule.scope === 'site' ? t('reach.all') : html`<a href=${href(scopePath('profile', rule.owner))}>${t('settings.layer.profile')} ${rule.owner}</a>`},
        {name: t('reach.to'), cell: rule => rule.to === 'phones' ? t('reach.phones') : html`<code>${rule.to}</code>`},
        {name: t('reach.protocol'), cell: rule => t(`reach.protocol.${rule.protocol}`)},
        {name: t('reach.ports'), cell: rule => rule.ports || t('reach.ports.all')},
        may('admin') && {name: t('part.do'), tight: true, cell: rule => html`
            <button type="button" class="plain small" disabled=${busy} onClick=${() => remove(rule, act, reload)}><${Icon} name="trash" label=${`${t('reach.remove')} ${rule.number}`} /></button>`},
    ].filter(Boolean);
}

function Usual({form}) {
    const id = useId();
    return html`
        <div class="field" role="group" aria-labelledby=${id}><span id=${id} class="label">${t('reach.usual')}</span>
            <div class="actions">${Object.keys(USUAL).map(name => html`
                <button key=${name} type="button" class="small" onClick=${() => Object.entries(USUAL[name]).forEach(([field, value]) => form.set(field, value))}>${t(`reach.usual.${name}`)}</button>`)}</div></div>`;
}

function Add({profiles, onDone}) {
    const [base] = useState({who: 'site', to: '', protocol: 'udp', ports: ''});
    const form = useForm({
        base,
        save: (changed, {values}) => send('POST', '/reach', {
            scope: values.who === 'site' ? 'site' : 'profile', ...(values.who !== 'site' && {owner: values.who.slice(1)}),
            to: values.to.trim(), protocol: values.protocol, ...(values.ports.trim() && {ports: values.ports.trim()}),
        }),
        onSaved: ({body}) => {
            toast(body.sentence);
            onDone();
        },
    });
    const takesPorts = form.values.protocol === 'udp' || form.values.protocol === 'tcp';
    return html`
        <${Form} form=${form}>
            <${SelectField} form=${form} name="who" label=${t('reach.who')} why=${t('reach.who.why')}
                options=${[['site', t('reach.all')], ...profiles.map(name => [`=${name}`, `${t('settings.layer.profile')} ${name}`])]} />
            <${TextField} form=${form} name="to" label=${t('reach.to')} why=${t('reach.to.why')} maxlength="64" required spellcheck=${false} autocomplete="off" placeholder="198.51.100.1" />
            <${SelectField} form=${form} name="protocol" label=${t('reach.protocol')} options=${['udp', 'tcp', 'icmp', 'any'].map(one => [one, t(`reach.protocol.${one}`)])} />
            ${takesPorts && html`<${TextField} form=${form} name="ports" label=${t('reach.ports')} why=${t('reach.ports.why')} maxlength="128" autocomplete="off" placeholder="5060 10000-20000" optional />`}
            <${Usual} form=${form} />
            <${Actions} form=${form} label=${t('reach.add')} />
        </${Form}>`;
}

/** The page. */
export default function Reach() {
    const rules = useResource('/reach', {on: ['reach', 'profile', 'site']});
    const scopes = useResource(may('admin') ? '/scopes' : null, {on: ['profile']});
    const {busy, act} = useAct();
    const profiles = (scopes.data?.scopes ?? []).filter(one => one.scope === 'profile').map(one => one.owner);
    return html`
        <${Heading} title=${t('nav.reach')} sub=${t('reach.lead')} />
        <${Panel} title=${t('reach.rules')}>
            <${Loaded} of=${rules} show=${data => data.reach.length
                ? html`<${Listing} caption=${t('reach.rules')} rows=${data.reach} id=${rule => rule.number} columns=${columns(act, busy, rules.reload)} />`
                : html`<${Empty} title=${t('reach.none')} text=${t('reach.none.text')} icon="pbx" />`} />
        </${Panel}>
        ${may('admin') && html`<${Panel} title=${t('reach.new')} hint=${t('reach.new.why')}><${Add} profiles=${profiles} onDone=${rules.reload} /></${Panel}>`}`;
}
