/*
 * records: alarms with their history, receipts of phones that were put out, tamper seals.
 */
import {html, useState} from '/html.js';
import {send} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {ago, clock, date, dateTime, mac, number} from '/format.js';
import {href, setQuery} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Tabs} from '/ui/tabs.js';
import {Ago, Empty, Mark, Said} from '/ui/words.js';
import {Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';

function Subject({text}) {
    return /^[0-9a-f]{12}$/.test(text) ? html`<a href=${href(`/phones/${text}`)}><code>${mac(text)}</code></a>` : html`<code>${text}</code>`;
}

async function close(alarm, act, reload) {
    const given = await ask({
        title: t('records.close', {kind: word('alarm', alarm.kind)}), text: alarm.detail, action: t('records.close.do'),
        fields: [{name: 'note', label: t('records.note'), why: t('records.note.why'), required: true, max: 500}],
    });
    if (given && await act(() => send('POST', `/alarms/${alarm.id}/close`, {note: given.note.trim()}), t('records.closed')))
        reload();
}

function Alarms() {
    const [all, setAll] = useState(false);
    const alarms = useResource('/alarms', {query: {open: all ? undefined : true}, on: ['alarm']});
    const {busy, act} = useAct();
    return html`
        <p><label><input type="checkbox" checked=${all} onChange=${event => setAll(event.target.checked)} /> ${t('records.closed-too')}</label></p>
        <${Loaded} of=${alarms} show=${data => data.alarms.length ? html`<${Listing} caption=${t('records.alarms')} rows=${data.alarms} id=${one => one.id} step=${100} columns=${[
            {name: t('records.what'), head: true, cell: one => html`<${Mark} kind=${one.closed_at ? 'off' : 'bad'} text=${word('alarm', one.kind)} />`},
            {name: t('records.about'), cell: one => html`<${Subject} text=${one.subject} />`},
            {name: t('records.detail'), cell: one => html`<${Said} text=${one.detail} />`},
            {name: t('records.times'), number: true, sort: one => one.count, cell: one => number(one.count)},
            {name: t('records.last'), sort: one => one.last_at, cell: one => html`<${Ago} at=${one.last_at} />`},
            all && {name: t('records.closed.by'), cell: one => one.closed_at && html`${one.closed_by}, ${date(one.closed_at)}${one.note && html`<br /><span class="faint">${one.note}</span>`}`},
            may('helpdesk') && {name: t('part.do'), tight: true, cell: one => !one.closed_at && html`<button type="button" class="small" disabled=${busy} onClick=${() => close(one, act, alarms.reload)}>${t('records.close.do')}<span class="spoken"> ${one.id}</span></button>`},
        ].filter(Boolean)} />` : html`<${Empty} title=${t('records.no-alarms')} text=${t('records.no-alarms.text')} icon="check" />`} />`;
}

function Receipt({one}) {
    const open = one.lines.filter(line => !line.ok).length;
    return html`
        <li class="card">
            <header><h3><${Subject} text=${one.mac} /> ${word('cause', one.cause)}</h3>
                <span class="faint">${dateTime(one.at)}, ${one.actor}</span></header>
            <p><${Mark} kind=${open ? 'bad' : 'good'} text=${open ? tn('records.open-lines', open) : t('records.all-ok')} /></p>
            <details><summary>${tn('records.lines', one.lines.length)}</summary>
                <ul class="plain-list">${one.lines.map((line, i) => html`<li key=${i}><${Mark} kind=${line.ok ? 'good' : 'bad'} text=${clock(line.at_ms / 1000)} /> <${Said} text=${line.text} /></li>`)}</ul></details>
            ${one.todo.length > 0 && html`<${Notice} kind="warn"><p>${t('records.todo')}</p><ul>${one.todo.map(text => html`<li key=${text}><${Said} text=${text} /></li>`)}</ul></${Notice}>`}
        </li>`;
}

function Receipts() {
    const receipts = useResource('/receipts', {query: {limit: 200}, on: ['phone']});
    return html`<${Loaded} of=${receipts} show=${data => data.receipts.length
        ? html`<ul class="receipts">${data.receipts.map(one => html`<${Receipt} key=${one.id} one=${one} />`)}</ul>`
        : html`<${Empty} title=${t('records.no-receipts')} text=${t('records.no-receipts.text')} />`} />`;
}

async function inspect(seal, act, reload) {
    if (await ask({title: t('records.inspect', {number: seal.number}), text: t('records.inspect.text'), action: t('records.inspect.do')})
        && await act(() => send('PUT', `/phones/${seal.mac}/seal`, {inspected: true}), t('records.inspected')))
        reload();
}

function Seals() {
    const [overdue, setOverdue] = useState(false);
    const seals = useResource('/seals', {query: {overdue: overdue || undefined}, on: ['phone', 'site']});
    const {busy, act} = useAct();
    return html`
        <p><label><input type="checkbox" checked=${overdue} onChange=${event => setOverdue(event.target.checked)} /> ${t('records.overdue-only')}</label></p>
        <${Loaded} of=${seals} show=${data => data.seals.length ? html`<${Listing} caption=${t('records.seals')} rows=${data.seals} id=${one => one.mac} step=${100} columns=${[
            {name: t('records.phone'), head: true, sort: one => one.name, cell: one => html`<a href=${href(`/phones/${one.mac}`)}>${one.name || mac(one.mac)}</a>`},
            {name: t('records.number'), sort: one => one.number, cell: one => one.number},
            {name: t('records.place'), cell: one => one.place},
            {name: t('records.seen'), sort: one => one.inspected_at ?? 0, cell: one => html`<${Ago} at=${one.inspected_at} />`},
            {name: t('records.due'), sort: one => one.due_at, cell: one => html`<${Mark} kind=${one.overdue ? 'bad' : 'good'} text=${`${date(one.due_at)} (${ago(one.due_at)})`} />`},
            may('helpdesk') && {name: t('part.do'), tight: true, cell: one => html`<button type="button" class="small" disabled=${busy} onClick=${() => inspect(one, act, seals.reload)}><${Icon} name="check" />${t('records.inspect.do')}<span class="spoken"> ${one.number}</span></button>`},
        ].filter(Boolean)} />` : html`<${Empty} title=${t('records.no-seals')} text=${t('records.no-seals.text')} icon="shield" />`} />`;
}

/** The page. */
export default function Records({query}) {
    const tab = ['alarms', 'receipts', 'seals'].includes(query.tab) ? query.tab : 'alarms';
    return html`
        <${Heading} title=${t('nav.records')} sub=${t('records.lead')} />
        <${Tabs} label=${t('nav.records')} value=${tab} onChange=${one => setQuery({tab: one})}
            tabs=${[['alarms', t('records.alarms')], ['receipts', t('records.receipts')], ['seals', t('records.seals')]]}>
            <h2 class="spoken">${t(`records.${tab}`)}</h2>
            ${tab === 'alarms' ? html`<${Alarms} />` : tab === 'receipts' ? html`<${Receipts} />` : html`<${Seals} />`}
        </${Tabs}>`;
}
