/*
 * overview/site_map: the site as a picture that lives: phone LAN → appliance → tunnel → telephone system, each with how it is now.
 */
import {html} from '/html.js';
import {t, tn} from '/i18n.js';
import {number} from '/format.js';
import {Icon} from '/ui/icon.js';
import {Mark} from '/ui/words.js';

function count(o, ...names) {
    return o.states.filter(one => names.includes(one.name)).reduce((sum, one) => sum + one.count, 0);
}

/* Each place: icon, name, how it is, and numbers. */
function places(o) {
    const up = o.tunnels?.up ?? 0;
    const should = count(o, 'enrolled', 'connected', 'current');
    const responder = o.responder;
    return [
        {icon: 'phone', name: t('map.lan'), link: '#/leases', kind: !responder ? 'off' : responder.serving || responder.pnp ? 'good' : 'warn',
            text: !responder ? t('map.unknown') : responder.serving ? t('map.lan.serving') : responder.pnp ? t('map.lan.pnp') : t('map.lan.silent'),
            facts: [tn('map.leases', responder?.leases ?? 0), tn('map.seen', count(o, 'seen', 'waiting'))]},
        {icon: 'shield', name: t('map.box'), link: '#/system', kind: o.box?.ready ? 'good' : 'bad', text: o.box?.ready ? t('map.box.ready') : t('map.box.not'),
            facts: [tn('map.approved', count(o, 'approved', 'enrolled', 'connected', 'current'))]},
        {icon: 'tunnel', name: t('map.tunnel'), link: '#/tunnels', kind: !o.tunnels ? 'off' : !o.tunnels.server_up ? 'bad' : up >= should ? 'good' : 'warn',
            text: !o.tunnels ? t('map.unknown') : !o.tunnels.server_up ? t('map.tunnel.down') : t('map.tunnel.up'),
            facts: [t('map.tunnels', {up: number(up), of: number(should)}), t('map.current', {n: number(count(o, 'current'))})]},
        {icon: 'pbx', name: t('map.pbx'), link: '#/reach', kind: o.reach.length ? 'good' : 'warn', text: o.reach.length ? t('map.pbx.reach') : t('map.pbx.none'),
            facts: o.reach.slice(0, 2).map(one => one.to)},
    ];
}

/** See above. */
export function SiteMap({o}) {
    return html`
        <section class="card" aria-label=${t('map')}>
            <h2>${t('map')}</h2>
            <ol class="site-map">${places(o).map(place => html`
                <li key=${place.icon} class=${place.kind}>
                    <a href=${place.link}><span class="place"><${Icon} name=${place.icon} /></span><b>${place.name}</b></a>
                    <${Mark} kind=${place.kind} text=${place.text} />
                    <small>${place.facts.map(fact => html`<span key=${fact}>${fact}</span>`)}</small>
                </li>`)}</ol>
        </section>`;
}
