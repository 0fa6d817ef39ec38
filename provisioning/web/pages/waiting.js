/*
 * waiting: the phones that ask to be let in. Evidence side by side, one key per decision while the list has the focus:
 *   A approve    V vouch: approve, and let it in once without a factory certificate    R refuse    Space select, then the same for all
 * Below: what was decided here just now, each going its way to green as it happens. With ?first=1 it shows the last two of the six first steps.
 */
import {html, signal, useState, useEffect} from '/html.js';
import {t, tn} from '/i18n.js';
import {may} from '/session.js';
import {send, Problem} from '/api.js';
import {mac as shownMac} from '/format.js';
import {useResource} from '/resource.js';
import {href, go} from '/router.js';
import {Heading} from '/ui/shell.js';
import {Table, usePaged} from '/ui/table.js';
import {Evidence, Verdict, newest, commonName} from '/ui/evidence.js';
import {bulkWithNews} from '/ui/bulk.js';
import {ask} from '/ui/dialog.js';
import {Way} from '/ui/steps.js';
import {toast, say} from '/ui/toast.js';
import {Ago, Empty, Failed, Mark, PhoneState} from '/ui/words.js';

const WINDOW_S = 600;
const decided = signal([]);

function keep(macs) {
    decided.value = [...macs, ...decided.value.filter(mac => !macs.includes(mac))].slice(0, 8);
}

function columns() {
    return [
        {name: 'phone', label: t('waiting.phone'), main: true, width: '11.5rem', cell: row => html`
            <a href=${href(`/phones/${row.phone.mac}`)} class="two mono" tabindex="-1">${shownMac(row.phone.mac)}</a><small class="two">${[row.phone.name, row.phone.model].filter(Boolean).join(' · ') || row.vendor}</small>`},
        {name: 'verdict', label: t('waiting.verdict'), width: '8.5rem', narrow: '7.5rem', cell: row => html`<${Verdict} verdict=${row.verdict} />`},
        {name: 'where', label: t('waiting.where'), width: '8rem', narrow: 'hide', cell: row => html`<span class="mono">${newest(row.evidence, 'circuit_id') || newest(row.evidence, 'lan_address') || row.phone.lan_address || '–'}</span>`},
        {name: 'shows', label: t('waiting.shows'), width: '8.5rem', narrow: 'hide', cell: row => commonName(newest(row.evidence, 'issuer')) || t('waiting.no-certificate')},
        {name: 'seen', label: t('waiting.seen'), width: '8.5rem', narrow: 'hide', cell: row => html`<${Ago} at=${row.phone.seen_at} />`},
    ];
}

async function approveAll(rows) {
    const doubtful = rows.filter(row => row.verdict === 'doubtful');
    if (doubtful.length && !await ask({title: t('waiting.doubtful'), text: t('waiting.doubtful.text', {mac: doubtful.map(row => shownMac(row.phone.mac)).join(', ')}), action: t('waiting.approve'), danger: true}))
        return false;
    if (rows.length === 1) {
        await send('POST', `/phones/${rows[0].phone.mac}/approve`);
        toast(t('waiting.approved', {mac: shownMac(rows[0].phone.mac)}));
    } else {
        await bulkWithNews('approve', rows.map(row => row.phone.mac));
    }
    return true;
}

async function vouchAll(rows) {
    if (!await ask({title: tn('waiting.vouch.title', rows.length), text: [t('waiting.vouch.text'), rows.map(row => shownMac(row.phone.mac)).join(', ')], action: t('waiting.vouch')}))
        return false;
    for (const {phone} of rows) {
        await send('POST', `/phones/${phone.mac}/approve`);
        await send('POST', `/phones/${phone.mac}/window`, {seconds: WINDOW_S});
    }
    toast(tn('waiting.vouched', rows.length));
    return true;
}

async function refuseAll(rows) {
    const given = await ask({title: tn('waiting.refuse.title', rows.length), text: t('waiting.refuse.text'), action: t('waiting.refuse'), danger: true,
        fields: [{name: 'reason', label: t('waiting.reason'), why: t('waiting.reason.why')}]});
    if (!given)
        return false;
    if (rows.length === 1) {
        await send('POST', `/phones/${rows[0].phone.mac}/revoke`, {stolen: false, reason: given.reason});
        toast(t('waiting.refused', {mac: shownMac(rows[0].phone.mac)}));
    } else {
        await bulkWithNews('revoke', rows.map(row => row.phone.mac), {reason: given.reason});
    }
    return true;
}

const DECISIONS = {a: approveAll, v: vouchAll, r: refuseAll};

/** The page. */
export default function Waiting({query}) {
    const list = usePaged('/waiting', 'phones', {}, {on: ['phone'], rowKey: row => row.phone.mac, one: null, most: 100, limit: 50});
    const [selected, setSelected] = useState(new Set());
    const [current, setCurrent] = useState(null);
    const rows = list.rows ?? [];
    const row = rows.find(one => one.phone.mac === current) ?? rows[0];
    const chosen = rows.filter(one => selected.has(one.phone.mac));
    const first = query.first === '1';

    const decide = async (key, on) => {
        const subjects = on ? [on] : chosen.length ? chosen : row ? [row] : [];
        if (!subjects.length || (key === 'r' ? !may('admin') : !may('helpdesk')))
            return;
        try {
            if (await DECISIONS[key](subjects)) {
                keep(subjects.map(one => one.phone.mac));
                setSelected(new Set());
                list.reload();
            }
        } catch (error) {
            toast(error);
        }
    };
    const keys = (event, on) => {
        if (DECISIONS[event.key.toLowerCase()]) {
            event.preventDefault();
            decide(event.key.toLowerCase(), chosen.length ? null : on);
        }
    };
    useEffect(() => {
        if (list.rows)
            say(tn('waiting.count', rows.length));
    }, [rows.length]);

    return html`
        ${first && html`<${Way} at=${rows.length || decided.value.length ? 5 : 4} />`}
        <${Heading} title=${t('nav.waiting')} sub=${list.rows && rows.length ? tn('waiting.count', list.total) : null}>
            <a class="button" href=${href('/phones', {state: 'expected'})}>${t('waiting.expected')}</a>
        </${Heading}>
        <${Failed} error=${list.error} retry=${list.reload} />
        <${Decided} first=${first} />
        ${chosen.length > 0 && html`<div class="bulk" role="group" aria-label=${t('waiting.bulk')}><b>${tn('waiting.selected', chosen.length)}</b><${Buttons} decide=${decide} /></div>`}
        <div class="waiting-page">
            <${Table} label=${t('nav.waiting')} columns=${columns()} ...${list.table} rowKey=${one => one.phone.mac} selected=${selected} onSelect=${setSelected}
                onKey=${keys} onOpen=${one => setCurrent(one.phone.mac)} rowClass=${one => one === row && 'current-row'} onFocusRow=${one => setCurrent(one.phone.mac)}
                empty=${html`<div class="card"><${Empty} icon="phone" title=${t(first ? 'waiting.plug' : 'waiting.none')} text=${t(first ? 'waiting.plug.text' : 'waiting.none.text')} /></div>`} />
            ${row && html`
                <section class="card stack waiting-detail" aria-label=${t('waiting.evidence', {mac: shownMac(row.phone.mac)})}>
                    <header><h2 class="mono">${shownMac(row.phone.mac)}</h2><a href=${href(`/phones/${row.phone.mac}`)}>${t('waiting.open')}</a></header>
                    <${Evidence} of=${row} />
                    ${!chosen.length && html`<div class="actions"><${Buttons} decide=${key => decide(key, row)} /></div>`}
                    <p class="hint">${t('waiting.keys')}</p>
                </section>`}
        </div>`;
}

function Buttons({decide}) {
    return html`
        <button class="primary" disabled=${!may('helpdesk')} onClick=${() => decide('a')}>${t('waiting.approve')} <kbd>A</kbd></button>
        <button disabled=${!may('helpdesk')} onClick=${() => decide('v')}>${t('waiting.vouch')} <kbd>V</kbd></button>
        <button disabled=${!may('admin')} onClick=${() => decide('r')}>${t('waiting.refuse')} <kbd>R</kbd></button>`;
}

/* What was decided here, on its way. */
function Decided({first}) {
    return decided.value.length > 0 && html`
        <section class="card decided" aria-label=${t('waiting.decided')}>
            <header><h2>${t('waiting.decided')}</h2>${first && html`<button class="plain small" onClick=${() => go('/')}>${t('waiting.to-overview')}</button>`}</header>
            <ul>${decided.value.map(mac => html`<${OnItsWay} key=${mac} mac=${mac} />`)}</ul>
        </section>`;
}

const WAY = ['approved', 'enrolled', 'connected', 'current'];

function OnItsWay({mac}) {
    const phone = useResource(`/phones/${mac}`, {on: ['phone'], key: mac});
    const state = phone.data?.state;
    const at = WAY.indexOf(state);
    if (phone.error instanceof Problem && phone.error.status === 404)
        return null;
    return html`
        <li><a href=${href(`/phones/${mac}`)} class="mono">${shownMac(mac)}</a> <span class="faint">${phone.data?.name}</span>
            ${state && html`<span class="decided-state" data-state=${state}><${PhoneState} state=${state} /></span>`}
            ${at >= 0 && html`<progress max=${WAY.length} value=${at + 1} aria-label=${t('waiting.way', {mac: shownMac(mac)})}></progress>`}
            ${state === 'current' && html`<${Mark} kind="good" text=${t('waiting.green')} />`}</li>`;
}
