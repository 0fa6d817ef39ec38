/*
 * watch: other hosts that answer phones; asking now; saying of one that it may.
 */
import {html} from '/html.js';
import {request, send} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {mac, number} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Ago, Mark} from '/ui/words.js';
import {Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';
import {valuesOf} from '/pages/network.js';

const HARMLESS = ['dhcp-plain', 'dhcp-ours', 'pnp-ours'];

function isBad(one) {
    return !one.known && !HARMLESS.includes(one.kind);
}

/* known_servers with one more or one fewer; read and written with its ETag, so nobody else's is lost. */
async function setKnown(address, known) {
    const {body, etag} = await request('GET', '/site');
    const list = valuesOf(body).known_servers.split(' ').filter(Boolean).filter(one => one.replace(/[:.-]/g, '').toLowerCase() !== address);
    await send('PATCH', '/site', {values: {known_servers: (known ? [...list, address] : list).join(' ')}}, {etag});
}

async function know(one, act, reload) {
    const yes = await ask({
        title: t(one.known ? 'watch.unknow' : 'watch.know', {mac: mac(one.mac)}), text: t(one.known ? 'watch.unknow.text' : 'watch.know.text'),
        action: t(one.known ? 'watch.unknow.do' : 'watch.know.do'),
    });
    if (yes && await act(() => setKnown(one.mac, !one.known), t('watch.saved')))
        reload();
}

function columns(act, busy, reload) {
    return [
        {name: t('watch.host'), head: true, cell: one => html`<code>${one.address}</code><br /><code class="faint">${mac(one.mac)}</code>`},
        {name: t('watch.what'), cell: one => html`<${Mark} kind=${isBad(one) ? 'bad' : one.known ? 'good' : 'info'} text=${word('watch.kind', one.kind)} />
            ${one.known && html`<br /><span class="faint">${t('watch.known')}</span>`}`},
        {name: t('watch.offered'), cell: one => one.offered && html`<code class="long">${one.offered}</code>`},
        {name: t('watch.by'), cell: one => [one.relay, one.circuit_id].filter(Boolean).join(' · ')},
        {name: t('watch.last'), sort: one => one.last_at, cell: one => html`<${Ago} at=${one.last_at} />`},
        {name: t('watch.times'), number: true, sort: one => one.count, cell: one => number(one.count)},
        may('admin') && {name: t('part.do'), tight: true, cell: one => (one.known || isBad(one)) && html`
            <button type="button" class="small" disabled=${busy} onClick=${() => know(one, act, reload)}>${t(one.known ? 'watch.unknow.do' : 'watch.know.do')}<span class="spoken"> ${mac(one.mac)}</span></button>`},
    ].filter(Boolean);
}

/** The page. */
export default function Watch() {
    const rogues = useResource('/rogues', {on: ['alarm', 'site'], every: 15});
    const site = useResource('/site', {on: ['site']});
    const {busy, act} = useAct();
    const off = site.data && valuesOf(site.data).rogue_watch === 'off';
    const askNow = () => act(() => send('POST', '/rogues/ask', {}), t('watch.asked')).then(() => setTimeout(rogues.reload, 3000));
    const bad = rogues.data?.rogues.filter(isBad).length ?? 0;
    return html`
        <${Heading} title=${t('nav.watch')} sub=${t('watch.lead')}>
            ${may('helpdesk') && html`<button type="button" disabled=${busy} onClick=${askNow}><${Icon} name="refresh" />${t('watch.ask')}</button>`}</${Heading}>
        ${off && html`<${Notice} kind="warn"><p>${t('watch.off')} <a href=${href('/site', {group: 'watch'})}>${t('network.change')}</a></p></${Notice}>`}
        ${rogues.data && html`<p role="status"><${Mark} kind=${bad ? 'bad' : 'good'} text=${bad ? tn('watch.bad', bad) : t('watch.good')} /></p>`}
        <${Panel} title=${t('watch.hosts')} hint=${t('watch.hosts.why')}>
            <${Loaded} of=${rogues} show=${data => html`
                <${Listing} caption=${t('watch.hosts')} rows=${[...data.rogues].sort((a, b) => isBad(b) - isBad(a))} id=${one => `${one.mac}${one.kind}`}
                    columns=${columns(act, busy, rogues.reload)} empty=${t('watch.none')} />`} />
        </${Panel}>`;
}
