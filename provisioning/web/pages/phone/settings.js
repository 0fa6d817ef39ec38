/*
 * phone/settings: what the phone gets, each with where it comes from; what it has beside what it would get; lint; hardening.
 */
import {html, useMemo} from '/html.js';
import {t, tn, word, has} from '/i18n.js';
import {useResource} from '/resource.js';
import {href, setQuery} from '/router.js';
import {Table} from '/ui/table.js';
import {Meter} from '/ui/meter.js';
import {Empty, Failed, Loading, Mark, Said} from '/ui/words.js';

function shown(one) {
    return one.index === null || one.index === undefined ? one.name : `${one.name}${one.index}`;
}

function Origin({one}) {
    const label = word('origin', one.origin);
    const owner = one.origin === 'phone' ? '' : one.owner;
    const to = one.origin === 'built-in' ? null : href(`/settings/${one.origin}/${encodeURIComponent(one.owner || '-')}`);
    return html`${to ? html`<a href=${to}>${label}${owner && ` ${owner}`}</a>` : label}`;
}

function Value({secret, value}) {
    return secret ? html`<span class="faint">${t('phone.settings.secret')}</span>` : html`<span class="mono" translate="no" title=${value}>${value}</span>`;
}

function columns() {
    return [
        {name: 'name', label: t('phone.settings.name'), main: true, width: '14rem', cell: one => html`<span class="mono">${shown(one)}</span>${!one.known && html` <small class="faint">${t('phone.settings.unknown')}</small>`}`},
        {name: 'value', label: t('phone.settings.value'), width: '16rem', cell: one => html`<${Value} secret=${one.secret} value=${one.value} />`},
        {name: 'origin', label: t('phone.settings.origin'), width: '11rem', narrow: 'hide', cell: one => html`<${Origin} one=${one} />`},
        {name: 'permission', label: t('phone.settings.permission'), width: '6rem', narrow: 'hide', cell: one => one.permission || '–'},
    ];
}

/** See above. */
export function Settings({mac, query}) {
    const preview = useResource(`/phones/${mac}/settings`, {on: ['phone', 'settings', 'site'], key: mac});
    const diff = useResource(`/phones/${mac}/diff`, {on: ['phone', 'settings', 'site'], key: mac});
    const text = (query.setting ?? '').toLowerCase();
    const rows = useMemo(() => (preview.data?.settings ?? []).filter(one => (!query.origin || one.origin === query.origin)
        && (!text || shown(one).includes(text) || (!one.secret && one.value.toLowerCase().includes(text)))), [preview.data, text, query.origin]);
    if (!preview.data)
        return preview.error ? html`<${Failed} error=${preview.error} retry=${preview.reload} />` : html`<${Loading} lines=${8} />`;
    const p = preview.data;
    return html`
        <div class="stack">
            <div class="cards">
                <${Differences} diff=${diff} />
                <section class="card"><header><h2>${t('phone.hardening')}</h2><b>${t('phone.hardening.met', {met: p.hardening_met, total: p.hardening_total})}</b></header>
                    <${Meter} label=${t('phone.hardening')} part=${p.hardening_met} whole=${p.hardening_total} />
                    <ul class="plain-list rows">${p.hardening.filter(row => row.state !== 'met' && row.state !== 'unused').map(row => html`
                        <li key=${row.row}><${Mark} kind=${row.state === 'open' ? 'warn' : 'off'} text=${has(`row.${row.row}`) ? t(`row.${row.row}`) : row.row} /> <small class="faint">${word('row-state', row.state)}${row.missing && ': '}<${Said} text=${row.missing} /></small></li>`)}</ul></section>
                ${p.findings.length > 0 && html`<section class="card"><h2>${tn('phone.findings', p.findings.length)}</h2><ul class="plain-list rows">${p.findings.map((one, i) => html`
                    <li key=${i}><${Mark} kind=${one.severity === 'error' ? 'bad' : 'warn'} text=${has(`rule.${one.rule}`) ? t(`rule.${one.rule}`) : one.rule} /> <small class="faint"><span class="mono">${shown(one)}</span>: <${Said} text=${one.reason} /></small></li>`)}</ul></section>`}
            </div>
            <div class="filters">
                <label>${t('phone.settings.find')}<input type="search" value=${query.setting ?? ''} onInput=${event => setQuery({setting: event.target.value})} /></label>
                <label>${t('phone.settings.origin')}<select value=${query.origin ?? ''} onChange=${event => setQuery({origin: event.target.value})}>
                    <option value="">${t('phone.settings.any')}</option>${['built-in', 'site', 'model', 'profile', 'phone'].map(name => html`<option key=${name} value=${name}>${word('origin', name)}</option>`)}</select></label>
                <span class="faint">${tn('phone.settings.count', rows.length)}</span>
            </div>
            <${Table} label=${t('phone.tab.settings')} columns=${columns()} rows=${rows} rowKey=${one => shown(one)} empty=${html`<${Empty} title=${t('phone.settings.none')} />`} />
        </div>`;
}

function Differences({diff}) {
    const d = diff.data;
    return html`
        <section class="card"><header><h2>${t('phone.diff')}</h2>${d && html`<span class="faint">${d.revision_served ? t('phone.diff.revisions', {has: d.revision_served, wants: d.revision}) : t('phone.diff.nothing-yet')}</span>`}</header>
            <${Failed} error=${diff.error} retry=${diff.reload} />
            ${!d ? !diff.error && html`<${Loading} />` : !d.rows.length ? html`<${Mark} kind="good" text=${t('phone.diff.same')} />` : html`
                <div class="scroll short" tabindex="0" role="region" aria-label=${t('phone.diff')}><table><thead><tr><th scope="col">${t('phone.settings.name')}</th><th scope="col">${t('phone.diff.was')}</th><th scope="col">${t('phone.diff.will')}</th></tr></thead>
                    <tbody>${d.rows.map((row, i) => html`<tr key=${i}><th scope="row" class="mono">${shown(row)}</th><td><${DiffValue} row=${row} value=${row.was} /></td><td><${DiffValue} row=${row} value=${row.will} /></td></tr>`)}</tbody></table></div>`}
        </section>`;
}

function DiffValue({row, value}) {
    return value === null || value === undefined ? html`<span class="faint">${t('phone.diff.not-there')}</span>` : html`<${Value} secret=${row.secret} value=${value} />`;
}
