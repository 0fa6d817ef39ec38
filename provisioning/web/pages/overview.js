/*
 * overview: one look tells what is wrong and what to do. First what needs a person now; then phones by state, the site as a map, and tunnels and
 * traffic over time.
 */
import {html, useMemo, useState} from '/html.js';
import {t, tn, word} from '/i18n.js';
import {may} from '/session.js';
import {send} from '/api.js';
import {bytes, date, mac as shownMac, number, percent} from '/format.js';
import {href} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Bar, Meter, Progress} from '/ui/meter.js';
import {Chart} from '/ui/chart.js';
import {Icon} from '/ui/icon.js';
import {ask} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {Ago, Failed, Loading, Mark, Said, STATES, Shape} from '/ui/words.js';
import {SiteMap} from '/pages/overview/site_map.js';
import {ALARM_PAGES, useAppliance} from '/pages/overview/appliance.js';

/** The page. */
export default function Overview({overview}) {
    const o = overview.data;
    if (!o)
        return html`<${Heading} title=${t('nav.overview')} /><${Failed} error=${overview.error} retry=${overview.reload} />${!overview.error && html`<div class="card"><${Loading} lines=${6} /></div>`}`;
    return html`
        <${Heading} title=${t('nav.overview')} sub=${o.site.name} />
        <div class="stack">
            <${Failed} error=${overview.error} retry=${overview.reload} />
            <${Needs} o=${o} reload=${overview.reload} />
            <section class="card" aria-label=${t('overview.phones')}>
                <header><h2>${t('overview.phones')}</h2><a href="#/phones">${tn('overview.phones.all', o.phones)}</a></header>
                <${Bar} label=${t('overview.phones')} parts=${parts(o)} />
            </section>
            <${SiteMap} o=${o} />
            <div class="overview-columns"><${Traffic} /><${Hardening} o=${o} /></div>
        </div>`;
}

function parts(o) {
    const counts = Object.fromEntries(o.states.map(one => [one.name, one.count]));
    return STATES.map(name => ({name, label: word('state', name), count: counts[name] ?? 0, href: name === 'waiting' ? '#/waiting' : href('/phones', {state: name})}));
}

/* Rows of {kind, text, detail, link, label}: what a person has to look at, the worst first. */
function needs(o) {
    const list = [];
    const add = (kind, text, more = {}) => list.push({kind, text, ...more});
    if (!o.box || !o.box.ready)
        add('bad', t('overview.box'), {said: o.box?.waiting_for, link: '#/system', label: t('nav.system')});
    if (o.tunnels && !o.tunnels.server_up)
        add('bad', t('overview.tunnel-down'), {link: '#/tunnels', label: t('overview.look')});
    if (o.responder && !o.responder.serving)
        add('warn', t('overview.not-serving'), {said: o.responder.reason, link: '#/network', label: t('nav.network')});
    for (const end of o.ends.filter(one => one.state === 'ended' || one.state === 'urgent').slice(0, 5))
        add('bad', t(`overview.end.${end.state}`, {what: endName(end), date: date(end.not_after)}), endLink(end));
    if (o.waiting)
        add('warn', tn('overview.waiting', o.waiting), {link: '#/waiting', label: t('overview.decide')});
    if (o.rollout.state === 'stopped')
        add('warn', t('overview.rollout-stopped', {n: o.rollout.revision}), {said: o.rollout.reason, link: '#/rollout', label: t('nav.rollout')});
    const soon = o.ends.filter(one => one.state === 'soon');
    if (soon.length)
        add('warn', tn('overview.ends', soon.length, {what: endName(soon[0]), date: date(soon[0].not_after)}), soon.length === 1 ? endLink(soon[0]) : {link: '#/ends', label: t('overview.look')});
    return list;
}

function endName(end) {
    return end.kind === 'own' ? word('own', end.subject) : end.name || shownMac(end.subject);
}

function endLink(end) {
    return end.kind === 'phone' ? {link: href(`/phones/${end.subject}`), label: t('overview.look')} : {link: '#/ends', label: t('overview.look')};
}

function Needs({o, reload}) {
    const own = useAppliance();
    const list = [...needs(o), ...own.rows];
    const running = o.rollout.state === 'running';
    const quiet = !list.some(one => one.kind === 'bad' || one.kind === 'warn') && !o.alarms.length;
    return html`
        <section class="card needs" aria-label=${t('overview.needs')}>
            <header><h2>${t('overview.needs')}</h2>${o.alarms_open > o.alarms.length && html`<span class="faint">${tn('overview.alarms.more', o.alarms_open)}</span>`}</header>
            ${quiet && html`<p><${Mark} kind="good" text=${t(o.phones ? 'overview.nothing' : 'overview.no-phones')} /></p>`}
            ${!o.phones && html`<p class="hint">${t('overview.no-phones.text')} <a href="#/waiting?first=1">${t('nav.waiting')}</a></p>`}
            <ul class="plain-list">
                ${o.alarms.map(alarm => html`<${Alarm} key=${alarm.id} alarm=${alarm} reload=${reload} />`)}
                ${list.map(one => html`
                    <li key=${one.text}><${Shape} name=${one.kind} /><div class="grow"><b>${one.text}</b>${one.said && html` <small class="faint"><${Said} text=${one.said} /></small>`}</div>
                        ${one.link && html`<a class="button small" href=${one.link}>${one.label}</a>`}</li>`)}
            </ul>
            ${running && html`<div class="needs-rollout"><${Progress} label=${t('overview.rollout', {n: o.rollout.revision, ring: o.rollout.ring, rings: o.rollout.rings})} part=${o.rollout.done} whole=${o.rollout.total}
                text=${t('overview.rollout.of', {done: o.rollout.done, total: o.rollout.total})} /><a href="#/rollout">${t('nav.rollout')}</a></div>`}
            ${own.trial && html`<div class="needs-rollout"><${Progress} label=${t('overview.trial', {version: own.trial.version})} part=${own.trial.back} whole=${own.trial.before}
                text=${t('overview.trial.of', {back: own.trial.back, before: own.trial.before})} /><a href="#/update">${t('nav.update')}</a></div>`}
        </section>`;
}

function Alarm({alarm, reload}) {
    const isPhone = /^[0-9a-f]{12}$/.test(alarm.subject);
    const page = ALARM_PAGES[alarm.kind];
    const close = async () => {
        const given = await ask({title: t('overview.alarm.close'), text: [word('alarm', alarm.kind), t('overview.alarm.close.text')], action: t('overview.alarm.close'),
            fields: [{name: 'note', label: t('overview.alarm.note'), why: t('overview.alarm.note.why'), required: true}]});
        if (!given)
            return;
        await send('POST', `/alarms/${alarm.id}/close`, {note: given.note}).then(() => toast(t('overview.alarm.closed')), toast);
        reload();
    };
    return html`
        <li><${Shape} name="bad" /><div class="grow"><b>${word('alarm', alarm.kind)}</b> ${isPhone ? html`<a class="mono" href=${href(`/phones/${alarm.subject}`)}>${shownMac(alarm.subject)}</a>` : !page && alarm.subject && html`<span class="mono">${alarm.subject}</span>`}
                <small class="faint needs-detail"><${Said} text=${alarm.detail} /> <span>${alarm.count > 1 && t('overview.alarm.times', {n: alarm.count})} <${Ago} at=${alarm.last_at} /></span></small></div>
            ${page && html`<a class="button small" href=${page[0]}>${t(page[1])}</a>`}
            ${may('helpdesk') && html`<button class="small" onClick=${close}>${t('overview.alarm.close')}</button>`}</li>`;
}

const perSecond = value => `${bytes(value)}/s`;

function Traffic() {
    const [hours, setHours] = useState(1);
    const traffic = useResource('/traffic', {query: {hours}, every: hours === 1 ? 10 : 300});
    const samples = traffic.data?.samples ?? [];
    const data = useMemo(() => ({
        times: samples.map(one => one.at),
        bytes: [{label: t('overview.traffic.in'), tone: 1, fill: true, format: perSecond, least: 1024, values: samples.map(one => one.bytes_in_s)},
            {label: t('overview.traffic.out'), tone: 3, format: perSecond, values: samples.map(one => one.bytes_out_s)}],
        tunnels: [{label: t('overview.traffic.tunnels'), tone: 2, fill: true, format: value => number(value), least: 4, values: samples.map(one => one.tunnels)}],
    }), [traffic.data]);
    const last = samples.at(-1);
    return html`
        <section class="card" aria-label=${t('overview.traffic')}>
            <header><h2>${t('overview.traffic')}</h2><div class="row" role="group" aria-label=${t('overview.traffic.span')}>
                ${[1, 24].map(span => html`<button key=${span} class="small" aria-pressed=${String(hours === span)} onClick=${() => setHours(span)}>${tn('overview.hours', span)}</button>`)}</div></header>
            <${Failed} error=${traffic.error} retry=${traffic.reload} />
            ${!traffic.data ? html`<${Loading} lines=${4} />` : samples.length < 2 ? html`<p class="faint">${t('overview.traffic.none')}</p>` : html`
                <div class="stack">
                    <${Chart} label=${t('overview.traffic.tunnels')} times=${data.times} series=${data.tunnels} height=${120} summary=${t('overview.traffic.tunnels.now', {n: last.tunnels})} />
                    <${Chart} label=${t('overview.traffic.bytes')} times=${data.times} series=${data.bytes} height=${150} summary=${t('overview.traffic.now', {in: perSecond(last.bytes_in_s), out: perSecond(last.bytes_out_s)})} />
                </div>`}
        </section>`;
}

function Hardening({o}) {
    const {met, total, scored} = o.score;
    return html`
        <section class="card stack overview-side" aria-label=${t('overview.hardening')}>
            <div><header class="score-head"><h2>${t('overview.hardening')}</h2><b class="score">${percent(met, total)}</b></header>
                <${Meter} label=${t('overview.hardening')} part=${met} whole=${total} text=${percent(met, total)} />
                <p class="hint">${scored ? tn('overview.hardening.of', scored) : t('overview.hardening.none')}</p>
                ${scored > 0 && html`<p><a href=${href('/phones', {score: 80, sort: 'score'})}>${t('overview.hardening.worst')}</a></p>`}</div>
            ${o.models.length > 0 && html`<div><h3>${t('overview.models')}</h3>
                <ul class="plain-list rows tallies">${[...o.models].filter(one => one.name).sort((a, b) => b.count - a.count).slice(0, 8).map(one => html`
                    <li key=${one.name}><a href=${href('/phones', {model: one.name})}>${one.name}</a><b>${number(one.count)}</b></li>`)}</ul></div>`}
        </section>`;
}
