/*
 * network: the cards, who hands out addresses here, how phones find the appliance, the lines for another DHCP server.
 */
import {html, useState, useId} from '/html.js';
import {send} from '/api.js';
import {t} from '/i18n.js';
import {mac, number} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {useForm, Form, ChoiceField, Actions} from '/ui/form.js';
import {Heading} from '/ui/shell.js';
import {Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';

const SERVERS = ['dnsmasq', 'isc', 'kea', 'mikrotik', 'opnsense', 'windows'];
const COUNTS_S = 10;

/* The three ways in plain words, and what they set. */
const MODES = {
    server: {dhcp_mode: 'server', unknown_clients: 'plain', pnp_mode: 'on'},
    ours: {dhcp_mode: 'server', unknown_clients: 'silent', pnp_mode: 'on'},
    pnp: {dhcp_mode: 'off', pnp_mode: 'on'},
};

/** A site's values as a plain object: what is set, else the default. */
export function valuesOf(site) {
    return Object.fromEntries(site.values.map(one => [one.name, one.value || one.default || '']));
}

function modeOf(values) {
    return Object.keys(MODES).find(mode => Object.entries(MODES[mode]).every(([name, value]) => values[name] === value)) ?? 'own';
}

function Cards() {
    const cards = useResource('/cards', {on: ['site'], every: 30});
    const role = card => card.role ? t(`network.card.${card.role}`) : t('network.card.none');
    return html`
        <${Panel} title=${t('network.cards')} actions=${html`<a class="button" href=${href('/site', {group: 'lan'})}>${t('network.change')}</a>`}>
            <${Loaded} of=${cards} show=${data => html`<${Listing} caption=${t('network.cards')} rows=${data.cards} id=${card => card.name} columns=${[
                {name: t('network.card'), head: true, cell: card => html`<code>${card.name}</code>`},
                {name: t('network.card.role'), cell: role},
                {name: t('network.cable'), cell: card => html`<${Mark} kind=${card.carrier ? 'good' : 'off'} text=${t(card.carrier ? 'network.cable.in' : 'network.cable.out')} />`},
                {name: t('network.addresses'), cell: card => card.addresses.map(one => html`<code key=${one} class="line">${one}</code>`)},
                {name: 'MAC', cell: card => html`<code>${mac(card.mac)}</code>`},
            ]} />`} />
        </${Panel}>`;
}

function Mode() {
    const site = useResource('/site', {on: ['site']});
    const pick = body => ({mode: modeOf(valuesOf(body))});
    const form = useForm({
        base: site.data && pick(site.data), etag: site.etag, path: '/site', pick,
        save: ({mode}, {etag}) => send('PATCH', '/site', {values: MODES[mode]}, {etag}),
        onSaved: answer => {
            site.set(answer.body, answer.etag);
            toast(t('network.mode.saved'));
        },
    });
    const options = [...Object.keys(MODES), ...(site.data && form.base.mode === 'own' ? ['own'] : [])]
        .map(mode => [mode, t(`network.mode.${mode}`), t(`network.mode.${mode}.why`)]);
    return html`
        <${Panel} title=${t('network.mode')} hint=${t('network.mode.why')}>
            <${Loaded} of=${site} show=${() => may('admin')
                ? html`<${Form} form=${form} labels=${{mode: t('network.mode')}}>
                    <${ChoiceField} form=${form} name="mode" label=${t('network.mode.which')} options=${options} /><${Actions} form=${form} /></${Form}>`
                : html`<p><b>${t(`network.mode.${form.base.mode}`)}</b></p><p class="hint">${t(`network.mode.${form.base.mode}.why`)}</p>`} />
        </${Panel}>`;
}

function Answers() {
    const responder = useResource('/responder', {on: ['site'], every: COUNTS_S});
    return html`
        <${Panel} title=${t('network.answers')} hint=${t('network.answers.why')}>
            <${Loaded} of=${responder} show=${one => html`
                <p><${Mark} kind=${one.serving ? 'good' : 'warn'} text=${t(one.serving ? 'network.serving' : 'network.not-serving')} />
                    ${one.reason && html` <${Said} text=${one.reason} />`}</p>
                <${Facts} rows=${[
                    [t('network.dhcp'), t('network.counts', {requests: number(one.requests), answers: number(one.answers), refused: number(one.refused)})],
                    [t('network.pnp'), one.pnp ? t('network.counts', {requests: number(one.pnp_requests), answers: number(one.pnp_answers), refused: number(one.pnp_refused)}) : t('site.pnp_mode.off')],
                    [t('network.leases'), html`<a href=${href('/leases')}>${number(one.leases)}</a>`],
                ]} />`} />
        </${Panel}>`;
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        toast(t('part.copied'));
    } catch {
        toast(t('part.not-copied'), {kind: 'warn'});
    }
}

function Advice() {
    const id = useId();
    const [server, setServer] = useState('');
    const advice = useResource(server ? `/advice/${server}` : null, {on: ['site']});
    return html`
        <${Panel} title=${t('network.advice')} hint=${t('network.advice.why')}>
            <div class="field"><label for=${id}>${t('network.advice.server')}</label>
                <select id=${id} onChange=${event => setServer(event.target.value)}>
                    <option value="">${t('network.advice.choose')}</option>
                    ${SERVERS.map(one => html`<option key=${one} value=${one} selected=${one === server}>${t(`network.server.${one}`)}</option>`)}</select></div>
            ${server && html`<${Loaded} of=${advice} show=${data => html`
                <pre class="lines" tabindex="0" aria-label=${t('network.advice.lines', {server: t(`network.server.${data.server}`)})}>${data.lines}</pre>
                <p><button type="button" onClick=${() => copy(data.lines)}><${Icon} name="copy" />${t('part.copy')}</button></p>`} />`}
        </${Panel}>`;
}

/** The page. */
export default function Network() {
    return html`
        <${Heading} title=${t('nav.network')} sub=${t('network.lead')} />
        <${Mode} />
        <${Answers} />
        <${Cards} />
        <${Advice} />`;
}
