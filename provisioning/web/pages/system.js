/*
 * system: the box itself: what runs, its memory and disk, the clock, diagnostics, reboot and shutdown.
 */
import {html, useState, useEffect} from '/html.js';
import {download, send} from '/api.js';
import {t, word} from '/i18n.js';
import {bytes, dateTime, now, number} from '/format.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {waitForReturn} from '/ui/away.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Meter} from '/ui/meter.js';
import {Ago, Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';

function Used({label, free, total}) {
    return html`
        <p>${label}: ${t('system.free', {free: bytes(free), total: bytes(total)})}</p>
        <${Meter} label=${label} part=${total - free} whole=${total} kind=${free / total < 0.1 ? 'bad' : 'info'} text=${t('system.free', {free: bytes(free), total: bytes(total)})} />`;
}

/* What failed first, then what runs. */
function inOrder(units) {
    const rank = unit => unit.state === 'failed' ? 0 : unit.state === 'active' ? 1 : 2;
    return [...units].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function Box({data}) {
    const {facts, box, page} = data;
    return html`
        <${Panel} title=${t('system.box')}>
            <p><${Mark} kind=${box.ready ? 'good' : 'warn'} text=${t(box.ready ? 'system.ready' : 'system.not-ready')} /> ${box.waiting_for && html`<${Said} text=${box.waiting_for} />`}</p>
            <${Facts} rows=${[
                [t('system.version'), facts.version],
                [t('system.way'), word('system.way', facts.way)],
                [t('system.machine'), `${facts.architecture}, Linux ${facts.kernel}`],
                [t('system.since'), html`<${Ago} at=${facts.booted_at} />`],
                [t('system.page'), page.urls.map(one => html`<a key=${one} class="line" href=${one}>${one}</a>`)],
            ]} />
            <${Used} label=${t('system.memory')} free=${facts.memory_available} total=${facts.memory_total} />
            <${Used} label=${t('system.disk')} free=${facts.data_free} total=${facts.data_total} />
        </${Panel}>
        <${Panel} title=${t('system.stations')} hint=${t('system.stations.why')}>
            <${Listing} caption=${t('system.stations')} rows=${inOrder(facts.units)} id=${unit => unit.name} columns=${[
                {name: t('system.station'), head: true, cell: unit => unit.name},
                {name: t('system.state'), cell: unit => html`<${Mark} kind=${unit.state === 'active' ? 'good' : unit.state === 'failed' ? 'bad' : 'off'} text=${word('system.unit', unit.state)} />`},
                {name: t('system.since'), cell: unit => unit.since ? html`<${Ago} at=${unit.since} />` : '–'},
                {name: t('system.restarts'), number: true, cell: unit => unit.restarts ? html`<${Mark} kind="warn" text=${number(unit.restarts)} />` : '0'},
            ]} />
        </${Panel}>`;
}

/* 2026-11-22T08:30 of this computer's time zone, as datetime-local wants it. */
function localText(seconds) {
    const at = new Date(seconds * 1000);
    return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

async function setClock(clock, act, reload) {
    const given = await ask({
        title: t('system.clock.set'), text: t('system.clock.set.text', {zone: Intl.DateTimeFormat().resolvedOptions().timeZone}), action: t('system.clock.set'),
        fields: [{name: 'at', label: t('system.clock.now'), type: 'datetime-local', value: localText(Date.now() / 1000), required: true}],
    });
    if (!given)
        return;
    const at = Math.floor(new Date(given.at).getTime() / 1000);
    const before = at < clock.floor;
    if (before && !await ask({title: t('system.clock.force'), text: t('system.clock.force.text', {floor: dateTime(clock.floor)}), action: t('system.clock.force.do'), danger: true}))
        return;
    if (await act(() => send('POST', '/system/clock', {now: at, ...(before && {force: true})}), t('system.clock.done')))
        reload();
}

const CLOCK_KINDS = {ntp: 'good', hand: 'good', rtc: 'warn', floor: 'bad'};

function Clock({clock, reload}) {
    const {busy, act} = useAct();
    const [, beat] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => beat(one => one + 1), 1000);
        return () => clearInterval(timer);
    }, []);
    return html`
        <${Panel} title=${t('system.clock')} hint=${t('system.clock.why')}
            actions=${may('admin') && clock.settable && html`<button type="button" disabled=${busy} onClick=${() => setClock(clock, act, reload)}>${t('system.clock.set')}</button>`}>
            <p class="big-time">${new Intl.DateTimeFormat(document.documentElement.lang, {dateStyle: 'full', timeStyle: 'medium'}).format(new Date(now() * 1000))}</p>
            <p><${Mark} kind=${CLOCK_KINDS[clock.source] ?? 'info'} text=${word('system.clock.source', clock.source)} /> <${Said} text=${clock.text} /></p>
            <${Facts} rows=${[[t('system.clock.said'), clock.said && dateTime(clock.said)], [t('system.clock.floor'), dateTime(clock.floor)]]} />
            ${!clock.settable && html`<${Notice}><p>${t('system.clock.container')}</p></${Notice}>`}
        </${Panel}>`;
}

function Power({facts}) {
    const {busy, act} = useAct();
    const press = async (what, path) => {
        const yes = await ask({title: t(`system.${what}`), text: [t(`system.${what}.text`), t('system.power.why')], action: t(`system.${what}`), danger: true, type: t(`system.${what}.word`)});
        if (yes && await act(() => send('POST', path, {}), t(`system.${what}.done`)) && what === 'reboot')
            waitForReturn(t('system.reboot.text'));
    };
    return html`
        <${Panel} title=${t('system.power')} hint=${t('system.power.why')}>
            ${facts.way === 'container' && html`<${Notice}><p>${t('system.power.container')}</p></${Notice}>`}
            <div class="actions">
                <button type="button" disabled=${busy} onClick=${() => press('reboot', '/system/reboot')}><${Icon} name="refresh" />${t('system.reboot')}</button>
                <button type="button" class="danger" disabled=${busy} onClick=${() => press('off', '/system/power-off')}><${Icon} name="power" />${t('system.off')}</button>
            </div>
        </${Panel}>`;
}

function Diagnostics() {
    const {busy, act} = useAct();
    return html`
        <${Panel} title=${t('system.diagnostics')} hint=${t('system.diagnostics.why')}>
            <p><button type="button" disabled=${busy} aria-busy=${String(busy)} onClick=${() => act(() => download('/diagnostics'), t('system.diagnostics.done'))}>
                <${Icon} name="download" />${t('system.diagnostics.get')}</button></p>
        </${Panel}>`;
}

/** The page. */
export default function System() {
    const system = useResource('/system', {on: ['site'], every: 20});
    return html`
        <${Heading} title=${t('nav.system')} sub=${t('system.lead')} />
        <${Loaded} of=${system} lines=${10} show=${data => html`
            <${Box} data=${data} />
            <${Clock} clock=${data.clock} reload=${system.reload} />
            ${may('admin') && html`<${Diagnostics} /><${Power} facts=${data.facts} />`}`} />`;
}
