/*
 * leases: who has which address of the pool, and how full it is.
 */
import {html, useState, useId} from '/html.js';
import {t, tn, word} from '/i18n.js';
import {mac, now, number, percent} from '/format.js';
import {href} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Meter} from '/ui/meter.js';
import {Ago, Mark} from '/ui/words.js';
import {Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {valuesOf} from '/pages/network.js';

const KINDS = {bound: 'good', released: 'off', declined: 'warn', conflict: 'bad'};
const NEARLY_FULL = 0.9;

/** An address as a number, so that .9 comes before .10. */
export function addressNumber(text) {
    return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function Pool({leases, values}) {
    if (!values.pool_first || values.dhcp_mode === 'off')
        return html`<${Notice}><p>${t('leases.no-pool')} <a href=${href('/site', {group: 'dhcp'})}>${t('network.change')}</a></p></${Notice}>`;
    const [first, last] = [addressNumber(values.pool_first), addressNumber(values.pool_last)];
    const size = last - first + 1;
    const used = leases.filter(one => one.state === 'bound' && one.expires_at > now() && addressNumber(one.address) >= first && addressNumber(one.address) <= last).length;
    return html`
        <${Panel} title=${t('leases.pool', {first: values.pool_first, last: values.pool_last})}
            actions=${html`<a class="button" href=${href('/site', {group: 'dhcp'})}>${t('network.change')}</a>`}>
            <p>${t('leases.used', {used: number(used), size: number(size), share: percent(used, size)})}</p>
            <${Meter} label=${t('leases.used.name')} part=${used} whole=${size} kind=${used / size > NEARLY_FULL ? 'bad' : 'good'} />
            ${used / size > NEARLY_FULL && html`<${Notice} kind="warn"><p>${t('leases.nearly-full')}</p></${Notice}>`}
        </${Panel}>`;
}

const COLUMNS = () => [
    {name: t('leases.address'), head: true, sort: one => addressNumber(one.address), cell: one => html`<code>${one.address}</code>`},
    {name: 'MAC', sort: one => one.mac, cell: one => html`<a href=${href(`/phones/${one.mac}`)}><code>${mac(one.mac)}</code></a>`},
    {name: t('leases.name'), sort: one => one.hostname, cell: one => one.hostname},
    {name: t('leases.until'), sort: one => one.expires_at, cell: one => html`<${Ago} at=${one.expires_at} />`},
    {name: t('leases.state'), sort: one => one.state, cell: one => html`<${Mark} kind=${KINDS[one.state] ?? 'info'} text=${word('leases.state', one.state)} />`},
];

function Leases({leases}) {
    const id = useId();
    const [text, setText] = useState('');
    const plain = text.toLowerCase().replace(/[:-]/g, '');
    const rows = leases.filter(one => `${one.address} ${one.hostname} ${one.state}`.toLowerCase().includes(text.toLowerCase()) || (plain && one.mac.includes(plain)));
    return html`
        <div class="field"><label for=${id}>${t('leases.filter')}</label>
            <input id=${id} type="search" value=${text} onInput=${event => setText(event.target.value)} /></div>
        <p class="faint" role="status">${tn('leases.found', rows.length)}</p>
        <${Listing} caption=${t('nav.leases')} rows=${rows} id=${one => one.address} columns=${COLUMNS()} step=${100} empty=${t('leases.none')} />`;
}

/** The page. */
export default function LeasesPage() {
    const leases = useResource('/leases', {on: ['leases', 'site'], every: 30});
    const site = useResource('/site', {on: ['site']});
    return html`
        <${Heading} title=${t('nav.leases')} sub=${t('leases.lead')} />
        <${Loaded} of=${leases} show=${data => html`
            ${site.data && html`<${Pool} leases=${data.leases} values=${valuesOf(site.data)} />`}
            <${Panel} title=${t('leases.all')}><${Leases} leases=${data.leases} /></${Panel}>`} />`;
}
