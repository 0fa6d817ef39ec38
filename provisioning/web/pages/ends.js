/*
 * ends: when certificates end, as a picture and as a list; the authority and its rollover with the meter.
 */
import {html} from '/html.js';
import {send, saveFile} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {ago, date, mac, number, percent} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Meter} from '/ui/meter.js';
import {Mark, Said} from '/ui/words.js';
import {Facts, Panel, Loaded, Notice} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {EndsPicture} from '/ui/ends_picture.js';
import {useAct} from '/ui/act.js';

const KINDS = {good: 'good', renewing: 'good', soon: 'warn', urgent: 'bad', ended: 'bad'};

/** What ends: a phone, or one of ours. */
export function endName(one) {
    return one.kind === 'own' ? word('ends.own', one.subject) : one.name || mac(one.subject);
}

const COLUMNS = () => [
    {name: t('ends.what'), head: true, sort: endName, cell: one => one.kind === 'own' ? html`<b>${endName(one)}</b>` : html`<a href=${href(`/phones/${one.subject}`)}>${endName(one)}</a>`},
    {name: t('ends.end'), sort: one => one.not_after, cell: one => html`${date(one.not_after)} <span class="faint">(${ago(one.not_after)})</span>`},
    {name: t('ends.state'), sort: one => one.state, cell: one => html`<${Mark} kind=${KINDS[one.state] ?? 'info'} text=${word('end', one.state)} />`},
    {name: t('ends.note'), cell: one => one.kind === 'own' && one.subject === 'page'
        ? html`${t('ends.page-note')} <a href=${href('/certificate')}>${t('nav.certificate')}</a>` : html`<${Said} text=${one.text} />`},
];

function Ends() {
    const ends = useResource('/ends', {query: {limit: 500}, on: ['phone', 'alarm', 'site'], every: 300});
    return html`<${Loaded} of=${ends} lines=${8} show=${data => {
        const bad = data.ends.filter(one => KINDS[one.state] !== 'good').length;
        return html`
            <p role="status"><${Mark} kind=${bad ? 'bad' : 'good'} text=${bad ? tn('ends.bad', bad) : t('ends.good')} /></p>
            <${Panel} title=${t('ends.picture')} hint=${t('ends.picture.why')}><${EndsPicture} ends=${data.ends} now=${data.now} name=${endName} /></${Panel}>
            <${Panel} title=${t('ends.list')} hint=${t('ends.list.why')}>
                <${Listing} caption=${t('ends.list')} rows=${data.ends} id=${one => one.subject} columns=${COLUMNS()} step=${50} empty=${t('ends.none')} />
            </${Panel}>`;
    }} />`;
}

/* The steps of a rollover; which of them is next, and what may be pressed. */
const STEPS = ['none', 'spreading', 'switched', 'finished'];
const PRESS = {none: ['start'], spreading: ['switch', 'back'], switched: ['finish']};

async function step(name, data, act, reload) {
    const lost = name === 'switch' || name === 'finish' ? data.lost.length && data.total - data.holding : 0;
    const given = await ask({
        title: t(`rollover.${name}`), text: [t(`rollover.${name}.text`), lost ? tn('rollover.would-lose', lost) : null].filter(Boolean), action: t(`rollover.${name}`),
        danger: name === 'finish' || lost > 0, type: name === 'finish' ? t('rollover.finish.word') : undefined,
        fields: lost ? [{name: 'lose', label: t('rollover.lose'), why: t('rollover.lose.why'), type: 'number', value: '0'}] : undefined,
    });
    if (!given)
        return;
    const lose = Number(given.lose ?? 0);
    if (await act(() => send('POST', '/rollover', {step: name, ...(lose > 0 && {lose})}), t(`rollover.${name}.done`)))
        reload();
}

function Buttons({data, reload}) {
    const {busy, act} = useAct();
    if (!may('owner'))
        return html`<p class="hint">${t('rollover.owner')}</p>`;
    return html`<div class="actions">${PRESS[data.state].map((name, i) => html`
        <button key=${name} type="button" class=${i === 0 && name !== 'start' ? 'primary' : ''} disabled=${busy} onClick=${() => step(name, data, act, reload)}>${t(`rollover.${name}`)}</button>`)}</div>`;
}

function Lost({data}) {
    return data.lost.length > 0 && html`
        <details><summary>${tn('rollover.missing', data.total - data.holding)}</summary>
            <ul class="plain-list columns">${data.lost.slice(0, 200).map(one => html`<li key=${one}><a href=${href(`/phones/${one}`)}><code>${mac(one)}</code></a></li>`)}</ul></details>`;
}

function Rollover() {
    const rollover = useResource('/rollover', {on: ['phone', 'site'], every: 15});
    return html`
        <${Panel} title=${t('rollover.title')} hint=${t('rollover.why')}>
            <${Loaded} of=${rollover} show=${data => html`
                <ol class="rings" aria-label=${t('rollover.steps')}>${STEPS.map((name, i) => {
                    const at = STEPS.indexOf(data.state);
                    const kind = i < at ? 'good' : i === at ? 'info' : 'off';
                    return html`<li key=${name} class=${kind} aria-current=${i === at ? 'step' : null}><b>${t(`rollover.state.${name}`)}</b>
                        <span class="faint">${t(`rollover.state.${name}.why`)}</span></li>`;
                })}</ol>
                <p>${t('rollover.meter', {holding: number(data.holding), total: number(data.total), generation: data.generation, share: percent(data.holding, data.total)})}</p>
                <${Meter} label=${t('rollover.meter.name')} part=${data.holding} whole=${data.total} kind=${data.holding === data.total ? 'good' : 'info'} />
                ${data.state !== 'none' && html`<${Lost} data=${data} />`}
                <${Facts} rows=${[[t('rollover.started'), data.started_at && date(data.started_at)], [t('rollover.switched'), data.switched_at && date(data.switched_at)]]} />
                <${Buttons} data=${data} reload=${rollover.reload} />`} />
        </${Panel}>`;
}

function Authority() {
    const ca = useResource('/ca', {on: ['site']});
    const save = pem => saveFile('provost-root.pem', new Blob([pem], {type: 'application/x-pem-file'}));
    return html`
        <${Panel} title=${t('ca.title')} hint=${t('ca.why')}>
            <${Loaded} of=${ca} show=${data => html`
                <${Facts} rows=${[[t('ca.generation'), number(data.generation)], [t('ca.sha256'), html`<code class="print">${data.sha256}</code>`]]} />
                <p><button type="button" onClick=${() => save(data.root)}><${Icon} name="download" />${t('part.save-ca')}</button></p>`} />
            <${Notice}><p>${t('ca.page')} <a href=${href('/certificate')}>${t('nav.certificate')}</a></p></${Notice}>
        </${Panel}>`;
}

/** The page. */
export default function EndsPage() {
    return html`
        <${Heading} title=${t('nav.ends')} sub=${t('ends.lead')} />
        <${Ends} />
        <${Rollover} />
        <${Authority} />`;
}
