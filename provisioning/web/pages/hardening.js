/*
 * hardening: how far all phones are hardened, row by row; which are weakest; the site's switches.
 */
import {html, useState, useEffect} from '/html.js';
import {read, send} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {mac, number, percent} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Meter} from '/ui/meter.js';
import {Loading, Mark} from '/ui/words.js';
import {Panel, Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {ROWS, RowSwitches} from '/ui/hardening_rows.js';
import {useAct} from '/ui/act.js';
import {scopePath} from '/pages/settings.js';

const STEP = 200;
const AT_ONCE = 1000;
const WEAKEST = 50;

/* Phones with their rows, read in steps; stops after AT_ONCE until somebody wants the rest. */
function useScores() {
    const [state, setState] = useState({phones: [], next: undefined, loading: true, all: false});
    const [limit, setLimit] = useState(AT_ONCE);
    useEffect(() => {
        let current = true;
        (async () => {
            let {phones, next} = state;
            try {
                do {
                    const body = await read('/scores', {after: next, limit: STEP});
                    phones = [...phones, ...body.phones];
                    next = body.next;
                    if (!current)
                        return;
                    setState({phones, next, loading: Boolean(next), all: !next});
                } while (next && phones.length < limit);
                setState({phones, next, loading: false, all: !next});
            } catch (error) {
                toast(error);
                setState(old => ({...old, loading: false}));
            }
        })();
        return () => {
            current = false;
        };
    }, [limit]);
    return {...state, readAll: () => setLimit(Infinity)};
}

function counted(phones) {
    const rows = new Map(ROWS.map(row => [row, {row, met: 0, open: 0, waived: 0, impossible: 0, unused: 0}]));
    for (const phone of phones)
        for (const {row, state} of phone.rows) {
            if (!rows.has(row))
                rows.set(row, {row, met: 0, open: 0, waived: 0, impossible: 0, unused: 0});
            rows.get(row)[state]++;
        }
    return [...rows.values()];
}

const ROW_COLUMNS = () => [
    {name: t('hardening.row'), head: true, cell: one => html`<b>${word('row', one.row)}</b>`},
    {name: t('hardening.share'), cell: one => html`<${Meter} label=${word('row', one.row)} part=${one.met} whole=${one.met + one.open + one.waived} />`},
    ...['met', 'open', 'waived', 'impossible'].map(state => ({name: t(`row-state.${state}`), number: true, sort: one => one[state], cell: one => number(one[state])})),
];

const PHONE_COLUMNS = () => [
    {name: t('hardening.phone'), head: true, cell: one => html`<a href=${href(`/phones/${one.mac}`)}>${one.name || mac(one.mac)}</a>`},
    {name: t('hardening.model'), sort: one => one.model, cell: one => one.model},
    {name: t('hardening.score.short'), number: true, sort: one => one.met / (one.total || 1), cell: one => percent(one.met, one.total)},
    {name: t('hardening.open'), cell: one => one.rows.filter(row => row.state === 'open').map(row => word('row', row.row)).join(', ')},
];

function Scores() {
    const scores = useScores();
    const weakest = scores.phones.filter(one => one.met < one.total).sort((a, b) => a.met / a.total - b.met / b.total).slice(0, WEAKEST);
    if (!scores.phones.length)
        return scores.loading ? html`<${Loading} lines=${8} />` : html`<p class="faint">${t('hardening.no-phones')}</p>`;
    return html`
        <${Panel} title=${t('hardening.by-row')} hint=${tn('hardening.counted', scores.phones.length)}
            actions=${!scores.all && !scores.loading && html`<button type="button" onClick=${scores.readAll}>${t('hardening.count-all')}</button>`}>
            <${Listing} caption=${t('hardening.by-row')} rows=${counted(scores.phones)} id=${one => one.row} columns=${ROW_COLUMNS()} />
        </${Panel}>
        <${Panel} title=${t('hardening.weakest')} hint=${t('hardening.weakest.why')}>
            <${Listing} caption=${t('hardening.weakest')} rows=${weakest} id=${one => one.mac} columns=${PHONE_COLUMNS()} empty=${t('hardening.none-weak')} />
        </${Panel}>`;
}

function Switched() {
    const rows = useResource('/rows', {on: ['settings', 'profile', 'site', 'phone']});
    const others = data => data.rows.filter(one => one.scope !== 'site');
    return html`<${Loaded} of=${rows} show=${data => others(data).length > 0 && html`
        <${Panel} title=${t('hardening.elsewhere')}>
            <${Listing} caption=${t('hardening.elsewhere')} rows=${others(data)} columns=${[
                {name: t('settings.scope'), head: true, cell: one => html`<a href=${href(scopePath(one.scope, one.owner), {tab: 'rows'})}>${t(`settings.layer.${one.scope}`)} ${one.scope === 'phone' ? mac(one.owner) : one.owner}</a>`},
                {name: t('hardening.row'), cell: one => word('row', one.row)},
                {name: t('hardening.is'), cell: one => html`<${Mark} kind=${one.on ? 'good' : 'warn'} text=${t(`hardening.state.${one.on ? 'on' : 'off'}`)} />`},
                {name: t('revision.who'), cell: one => one.actor},
                {name: t('revision.why'), cell: one => one.reason},
            ]} />
        </${Panel}>`} />`;
}

/* New passwords and PINs for every phone; the former ones hold until a phone has fetched the new ones. */
function Secrets() {
    const {busy, act} = useAct();
    const rotate = async () => {
        const given = await ask({
            title: t('hardening.rotate'), text: t('hardening.rotate.text'), action: t('hardening.rotate'), danger: true,
            fields: [{name: 'reason', label: t('part.reason'), why: t('part.reason.why')}],
        });
        if (given)
            act(() => send('POST', '/secrets/rotate', given.reason ? {reason: given.reason} : {}), ({body}) => tn('hardening.rotated', body.phones));
    };
    return html`
        <${Panel} title=${t('hardening.secrets')} hint=${t('hardening.secrets.why')}>
            <p><button type="button" disabled=${busy} onClick=${rotate}><${Icon} name="key" />${t('hardening.rotate')}</button></p>
        </${Panel}>`;
}

/** The page. */
export default function Hardening() {
    const overview = useResource('/overview', {on: ['phone', 'settings']});
    const score = overview.data?.score;
    return html`
        <${Heading} title=${t('nav.hardening')} sub=${t('hardening.lead')} />
        ${score?.total > 0 && html`<div class="score"><p><b>${percent(score.met, score.total)}</b> ${t('hardening.of-all', {met: score.met, total: score.total})}</p>
            <${Meter} label=${t('hardening.score')} part=${score.met} whole=${score.total} /></div>`}
        <${Scores} />
        <${Panel} title=${t('hardening.site')} hint=${t('hardening.rows.why')}><${RowSwitches} scope="site" owner="-" /></${Panel}>
        <${Switched} />
        ${may('admin') && html`<${Secrets} />`}`;
}
