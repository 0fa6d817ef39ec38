/*
 * phones: all of them, ten thousand as quick as ten. Searched as you type, filtered, sorted; actions on many; a table in, a table out. The
 * filters stand in the address, so a list can be kept as a bookmark.
 */
import {html, useEffect, useRef, useState} from '/html.js';
import {t, tn, word} from '/i18n.js';
import {may} from '/session.js';
import {download} from '/api.js';
import {mac as shownMac, number} from '/format.js';
import {go, href, setQuery} from '/router.js';
import {Heading} from '/ui/shell.js';
import {Table, usePaged} from '/ui/table.js';
import {Menu} from '/ui/menu.js';
import {bulkWithNews} from '/ui/bulk.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {say, toast} from '/ui/toast.js';
import {Ago, Empty, PhoneState, STATES, Shape} from '/ui/words.js';
import {addDialog} from '/pages/phones/add.js';
import {importDialog} from '/pages/phones/import.js';

function columns() {
    return [
        {name: 'name', label: t('phones.name'), sort: 'name', main: true, width: '15rem', cell: row => html`
            <a class="two" tabindex="-1" href=${href(`/phones/${row.mac}`)}>${row.name || shownMac(row.mac)}</a><small class="two only-narrow mono">${row.name ? shownMac(row.mac) : row.model}</small>`},
        {name: 'state', label: t('phones.state'), sort: 'state', width: '9rem', narrow: '8rem', cell: row => html`<${PhoneState} state=${row.state} />${row.alarms > 0 && html` <${Shape} name="bad" /><span class="spoken">${tn('phones.alarms', row.alarms)}</span>`}`},
        {name: 'mac', label: t('phones.mac'), sort: 'mac', width: '11.5rem', narrow: 'hide', cell: row => html`<span class="mono">${shownMac(row.mac)}</span>`},
        {name: 'model', label: t('phones.model'), sort: 'model', width: '8rem', narrow: 'hide', cell: row => row.model || '–'},
        {name: 'profiles', label: t('phones.profiles'), width: '9rem', narrow: 'hide', cell: row => row.profiles.join(', ') || '–'},
        {name: 'address', label: t('phones.address'), width: '9rem', narrow: 'hide', cell: row => html`<span class="mono">${row.tunnel_address ?? row.lan_address ?? '–'}</span>`},
        {name: 'score', label: t('phones.score'), sort: 'score', width: '6rem', number: true, narrow: 'hide', cell: row => row.score === null || row.score === undefined ? '–' : t('phones.score.of', {met: row.score, total: row.score_total})},
        {name: 'seen', label: t('phones.seen'), sort: '-seen', width: '9rem', narrow: 'hide', cell: row => html`<${Ago} at=${row.seen_at} />`},
    ];
}

/* What the API takes, of what the address says. */
function filters(query) {
    return {text: query.text, state: query.state, model: query.model, profile: query.profile, score_below: query.score, sort: query.sort ?? 'name'};
}

const ACTIONS = [
    ['approve', 'helpdesk'], ['resync', 'helpdesk'], ['reboot', 'admin'], ['add-profile', 'admin'], ['remove-profile', 'admin'], ['window', 'admin'], ['revoke', 'admin', 'danger'],
    ['delete', 'admin', 'danger'],
];

/** The page. */
export default function Phones({query, overview}) {
    const list = usePaged('/phones', 'phones', filters(query), {on: ['phone']});
    const [selected, setSelected] = useState(new Set());
    const where = JSON.stringify(filters({...query, sort: ''}));
    const spoken = useRef(0);
    useEffect(() => setSelected(new Set()), [where]);
    useEffect(() => {
        clearTimeout(spoken.current);
        if (list.rows && !list.loading)
            spoken.current = setTimeout(() => say(tn('phones.count', list.total)), 700);
    }, [list.total, list.loading]);
    const profiles = overview.data?.profiles ?? [];
    const act = async action => {
        const macs = [...selected];
        const fields = action === 'add-profile' || action === 'remove-profile' ? [{name: 'profile', label: t('phones.profile'), required: true, max: 64, ...(profiles.length ? {options: profiles.map(one => [one.name, one.name]), value: profiles[0].name} : {})}]
            : action === 'revoke' || action === 'delete' ? [{name: 'reason', label: t('phones.reason'), why: t('phones.reason.why')}] : [];
        const danger = action === 'revoke' || action === 'delete';
        const given = await ask({title: tn(`phones.bulk.${action}`, macs.length), text: t(`phones.bulk.${action}.text`), action: t(`phones.action.${action}`), danger, fields, type: action === 'delete' ? t('phones.delete-word') : undefined});
        if (!given)
            return;
        try {
            await bulkWithNews(action, macs, given === true ? {} : given);
            setSelected(new Set());
            list.reload();
        } catch (error) {
            toast(error);
        }
    };
    const any = ['text', 'state', 'model', 'profile', 'score'].some(name => query[name]);
    return html`
        <${Heading} title=${t('nav.phones')} sub=${list.rows ? tn(any ? 'phones.found' : 'phones.count', list.total, {n: number(list.total)}) : null}>
            ${may('admin') && html`<button onClick=${() => addDialog(profiles.map(one => one.name))}><${Icon} name="plus" /> ${t('phones.add')}</button>
                <button onClick=${importDialog}><${Icon} name="upload" /> ${t('phones.import')}</button>`}
            <button onClick=${() => download('/phones.csv', filters(query)).catch(toast)}><${Icon} name="download" /> ${t('phones.export')}</button>
        </${Heading}>
        <${Filters} query=${query} overview=${overview.data} any=${any} />
        ${selected.size > 0 && html`
            <div class="bulk" role="group" aria-label=${t('phones.bulk')}>
                <b>${tn('phones.selected', selected.size)}</b>
                ${ACTIONS.filter(([, role]) => may(role)).slice(0, 2).map(([name]) => html`<button key=${name} class=${name === 'approve' ? 'primary' : ''} onClick=${() => act(name)}>${t(`phones.action.${name}`)}</button>`)}
                ${may('admin') && html`<${Menu} label=${t('core.more')} items=${ACTIONS.slice(2).map(([name, , kind]) => [t(`phones.action.${name}`), () => act(name), kind])} />`}
                <button class="plain" onClick=${() => setSelected(new Set())}>${t('phones.select-none')}</button>
            </div>`}
        <${Table} label=${t('nav.phones')} columns=${columns()} ...${list.table} rowKey=${row => row.mac} onOpen=${row => go(`/phones/${row.mac}`)}
            selected=${may('helpdesk') ? selected : undefined} onSelect=${may('helpdesk') ? setSelected : undefined} sort=${query.sort ?? 'name'} onSort=${sort => setQuery({sort})}
            empty=${html`<div class="card">${any ? html`<${Empty} icon="search" title=${t('phones.none-found')} text=${t('phones.none-found.text')}><button onClick=${() => go('/phones')}>${t('phones.clear')}</button></${Empty}>`
                : html`<${Empty} icon="phone" title=${t('phones.none')} text=${t('phones.none.text')} />`}</div>`} />`;
}

function Filters({query, overview, any}) {
    const box = useRef(null);
    useEffect(() => {
        if (box.current && document.activeElement !== box.current)
            box.current.value = query.text ?? '';
    }, [query.text]);
    const choose = name => event => setQuery({[name]: event.target.value});
    const counts = Object.fromEntries((overview?.states ?? []).map(one => [one.name, one.count]));
    return html`
        <div class="filters" role="search" aria-label=${t('phones.filters')}>
            <label class="grow">${t('phones.search')}<input ref=${box} type="search" value=${query.text ?? ''} maxlength="128" placeholder=${t('phones.search.hint')} spellcheck=${false} onInput=${choose('text')} /></label>
            <label>${t('phones.state')}<select value=${query.state ?? ''} onChange=${choose('state')}><option value="">${t('phones.any')}</option>
                <option value="approved,enrolled">${t('phones.on-their-way')}</option>
                ${STATES.map(state => html`<option key=${state} value=${state}>${word('state', state)}${counts[state] ? ` (${number(counts[state])})` : ''}</option>`)}</select></label>
            <label>${t('phones.model')}<select value=${query.model ?? ''} onChange=${choose('model')}><option value="">${t('phones.any')}</option>
                ${(overview?.models ?? []).filter(one => one.name).map(one => html`<option key=${one.name} value=${one.name}>${one.name} (${number(one.count)})</option>`)}</select></label>
            <label>${t('phones.profile')}<select value=${query.profile ?? ''} onChange=${choose('profile')}><option value="">${t('phones.any')}</option>
                ${(overview?.profiles ?? []).filter(one => one.name).map(one => html`<option key=${one.name} value=${one.name}>${one.name} (${number(one.count)})</option>`)}</select></label>
            <label>${t('phones.score')}<select value=${query.score ?? ''} onChange=${choose('score')}><option value="">${t('phones.any')}</option>
                ${[60, 80, 90, 100].map(share => html`<option key=${share} value=${share}>${t('phones.score.below', {share})}</option>`)}</select></label>
            ${any && html`<button class="plain" onClick=${() => go('/phones', {sort: query.sort}, {replace: true})}><${Icon} name="close" /> ${t('phones.clear')}</button>`}
        </div>`;
}
