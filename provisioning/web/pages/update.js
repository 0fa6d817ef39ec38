/*
 * update: what runs and what would, what goes on, a new version by file, stick or address, the way back, and what became of earlier ones.
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, word} from '/i18n.js';
import {dateTime, duration} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {waitForReturn} from '/ui/away.js';
import {Heading} from '/ui/shell.js';
import {Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useAct} from '/ui/act.js';
import {valuesOf} from '/pages/network.js';
import {isBusy, useUpdate} from '/pages/update/state.js';
import {Bundle, Last, Step, Trial, outcomeKind, outcomeWords, phonesLines} from '/pages/update/now.js';
import {Bring} from '/pages/update/bring.js';

const SLOT_KINDS = {running: 'good', good: 'info', bad: 'bad', empty: 'off'};
const SECURE_KINDS = {on: 'good', off: 'warn', setup: 'warn', none: 'off'};

async function goBack(state, slot, overview, act) {
    const text = [t('update.back.text', {version: state.version}), ...phonesLines(overview), t('update.away.page')];
    if (await ask({title: t('update.back.title', {version: slot.version}), text, action: t('update.back'), danger: true})
        && await act(() => send('POST', '/update/back', {})))
        waitForReturn(t('update.away'));
}

function Slots({state, overview}) {
    const {busy, act} = useAct();
    return html`
        <ul class="slots">${state.slots.map(slot => html`
            <li key=${slot.name} class=${SLOT_KINDS[slot.state] ?? 'off'}>
                <p class="label">${t('update.slot', {name: slot.name.toUpperCase()})}</p>
                <p class="slot-version">${slot.version || '–'}</p>
                <p><${Mark} kind=${SLOT_KINDS[slot.state] ?? 'off'} text=${word('update.slot', slot.state)} /></p>
                ${slot.tries_left !== null && html`<p class="hint">${t('update.tries', {n: slot.tries_left})}</p>`}
                ${slot.state === 'good' && may('admin') && html`<p><button type="button" class="small" disabled=${busy || isBusy(state) && state.step !== 'trying'} onClick=${() => goBack(state, slot, overview, act)}>${t('update.back.to', {version: slot.version})}</button></p>`}
            </li>`)}</ul>`;
}

function Running({state, overview}) {
    return html`
        <${Panel} title=${t('update.running')} hint=${t('update.running.why')}>
            ${state.slots.length > 0 && html`<${Slots} state=${state} overview=${overview} />`}
            <${Facts} rows=${[
                [t('update.version'), html`<b>${state.version}</b>`],
                [t('update.verified'), html`<${Mark} kind=${state.verified ? 'good' : 'warn'} text=${t(state.verified ? 'update.verified.yes' : 'update.verified.no')} />`],
                [t('update.secure'), html`<${Mark} kind=${SECURE_KINDS[state.secure_boot] ?? 'off'} text=${word('update.secure', state.secure_boot)} />`],
                [t('update.floor'), state.floor ? t('update.floor.text', {version: state.floor}) : null],
            ]} />
        </${Panel}>`;
}

function Rules({rules}) {
    return html`
        <${Panel} title=${t('update.rules')} hint=${t('update.rules.why')} actions=${may('admin') && html`<a class="button" href=${href('/site', {group: 'update'})}>${t('update.change')}</a>`}>
            <${Facts} rows=${[
                [t('update.rules.share'), `${rules.update_share} %`], [t('update.rules.wait'), duration(Number(rules.update_wait))],
                [t('update.rules.url'), rules.update_url ? html`<code class="line">${rules.update_url}</code>` : t('update.rules.no-url')],
            ]} />
        </${Panel}>`;
}

function Outcomes({list}) {
    return html`
        <${Panel} title=${t('update.last')}>
            <${Listing} caption=${t('update.last')} rows=${list} empty=${t('update.last.none')} columns=${[
                {name: t('core.time'), head: true, cell: one => dateTime(one.at)},
                {name: t('update.outcome'), cell: one => html`<${Mark} kind=${outcomeKind(one.result)} text=${outcomeWords(one)} />`},
                {name: t('update.why'), cell: one => html`<${Said} text=${one.text} />`},
            ]} />
        </${Panel}>`;
}

function Now({state, overview, rules, reload}) {
    if (state.trial)
        return html`<${Trial} trial=${state.trial} version=${state.slots.find(slot => slot.state !== 'running')?.version} />`;
    if (isBusy(state))
        return html`<${Step} state=${state} />`;
    return html`
        ${state.last.length > 0 && html`<${Last} one=${state.last[0]} />`}
        ${state.bundle && html`<${Bundle} state=${state} overview=${overview} rules=${rules} reload=${reload} />`}`;
}

/** The page. */
export default function Update({overview}) {
    const update = useUpdate();
    const site = useResource('/site', {on: ['site']});
    const rules = site.data && valuesOf(site.data);
    return html`
        <${Heading} title=${t('nav.update')} sub=${t('update.lead')} />
        <${Loaded} of=${update} lines=${10} show=${state => html`
            ${!state.supported && html`<${Notice}><p><b>${t('update.unsupported')}</b> <${Said} text=${state.reason} /></p><p>${t('update.unsupported.text')}</p></${Notice}>`}
            <${Now} state=${state} overview=${overview} rules=${rules} reload=${update.reload} />
            <${Running} state=${state} overview=${overview} />
            ${may('admin') && html`<${Bring} reload=${update.reload} rules=${rules} blocked=${isBusy(state)} />`}
            ${rules?.update_share && html`<${Rules} rules=${rules} />`}
            <${Outcomes} list=${state.last} />`} />`;
}
