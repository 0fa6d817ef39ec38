/*
 * tunnels: who is in the tunnel, from where, since when, how much; and what runs for old phones.
 */
import {html} from '/html.js';
import {t, word} from '/i18n.js';
import {ago, bytes, mac, number} from '/format.js';
import {go, href} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Table, usePaged} from '/ui/table.js';
import {Empty, Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded} from '/ui/panel.js';
import {valuesOf} from '/pages/network.js';

const LOOK_S = 10;

const COLUMNS = () => [
    {name: 'mac', label: 'MAC', main: true, width: '11rem', cell: one => html`<a href=${href(`/phones/${one.mac}`)}><code>${mac(one.mac)}</code></a>`},
    {name: 'state', label: t('tunnels.state'), width: '8rem', cell: one => html`<${Mark} kind=${one.state === 'up' ? 'good' : 'warn'} text=${t(`tunnels.state.${one.state}`)} />`},
    {name: 'address', label: t('tunnels.address'), narrow: 'hide', cell: one => html`<code>${one.address}</code>`},
    {name: 'peer', label: t('tunnels.peer'), narrow: 'hide', cell: one => html`<code>${one.peer}</code> ${one.protocol}`},
    {name: 'since', label: t('tunnels.since'), cell: one => ago(one.since)},
    {name: 'in', label: t('tunnels.in'), number: true, width: '6rem', narrow: 'hide', cell: one => bytes(one.bytes_in)},
    {name: 'out', label: t('tunnels.out'), number: true, width: '6rem', narrow: 'hide', cell: one => bytes(one.bytes_out)},
    {name: 'how', label: t('tunnels.how'), narrow: 'hide', cell: one => [one.vpn_class === 'legacy' && word('vpn', 'legacy'), one.cipher, one.version].filter(Boolean).join(', ')},
    {name: 'reach', label: t('tunnels.reach'), narrow: 'hide', cell: one => html`<${Said} text=${one.reach} />`},
];

function Servers() {
    const state = useResource('/tunnels', {query: {limit: 1}, on: ['phone', 'site'], every: LOOK_S});
    const site = useResource('/site', {on: ['site']});
    const legacy = site.data && valuesOf(site.data).legacy === 'on';
    const mark = (up, off) => html`<${Mark} kind=${up ? 'good' : off ? 'off' : 'bad'} text=${t(up ? 'tunnels.runs' : off ? 'tunnels.off' : 'tunnels.down')} />`;
    return html`
        <${Panel} title=${t('tunnels.servers')} actions=${html`<a class="button" href=${href('/site', {group: 'tunnel'})}>${t('network.change')}</a>`}>
            <${Loaded} of=${state} show=${data => html`<${Facts} rows=${[
                [t('tunnels.modern'), mark(data.server_up, false)],
                [t('tunnels.legacy'), html`${mark(data.legacy_up, !legacy)} ${!legacy && html` <a href=${href('/site', {group: 'legacy'})}>${t('network.change')}</a>`}`],
                [t('tunnels.open'), number(data.total)],
            ]} />`} />
        </${Panel}>`;
}

/** The page. */
export default function Tunnels() {
    const list = usePaged('/tunnels', 'tunnels', {}, {on: ['phone', 'site'], one: () => ({limit: 100})});
    return html`
        <${Heading} title=${t('nav.tunnels')} sub=${t('tunnels.lead')} />
        <${Servers} />
        <${Table} label=${t('nav.tunnels')} columns=${COLUMNS()} ...${list.table} rowKey=${one => one.mac} onOpen=${one => go(`/phones/${one.mac}`)}
            empty=${html`<${Empty} title=${t('tunnels.none')} text=${t('tunnels.none.text')} icon="tunnel" />`} />`;
}
