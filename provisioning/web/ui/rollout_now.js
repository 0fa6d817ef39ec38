/*
 * rollout_now: what goes out to the phones now: rings as steps, a bar, and next, finish, back.
 *
 *   html`<${RolloutNow} />`            a line that stands only while one runs or was stopped, with a link to the page
 *   html`<${RolloutView} rollout=${data} onChange=${reload} />`      the whole
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, tn} from '/i18n.js';
import {ago, mac} from '/format.js';
import {href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Progress} from '/ui/meter.js';
import {Mark, Said} from '/ui/words.js';
import {Facts, Notice} from '/ui/panel.js';
import {useAct} from '/ui/act.js';

const KINDS = {running: 'info', done: 'good', stopped: 'bad', none: 'off'};
const LOOK_S = 5;

/** How far it is, in words. */
function progressText(rollout) {
    return t('rollout.have-it', {done: rollout.done, total: rollout.total});
}

/** The roll-out, read again by itself while one runs. */
export function useRollout() {
    return useResource('/rollout', {on: ['rollout', 'settings'], every: LOOK_S});
}

/** See above. */
export function RolloutNow() {
    const {data} = useRollout();
    if (!data || data.state === 'none' || data.state === 'done')
        return null;
    return html`
        <div class=${`notice ${data.state === 'stopped' ? 'bad' : 'info'}`} role="status"><${Icon} name=${data.state === 'stopped' ? 'warning' : 'refresh'} />
            <div class="grow">
                ${data.state === 'running' ? html`<${Progress} label=${t('rollout.now', {revision: data.revision, ring: data.ring, rings: data.rings})}
                    part=${data.done} whole=${data.total} text=${progressText(data)} />`
                    : html`<p>${t('rollout.was-stopped', {revision: data.revision})}</p>`}
                <p><a href=${href('/rollout')}>${t('rollout.look')}</a></p>
            </div></div>`;
}

function Ring({number, rollout}) {
    const over = rollout.state === 'done' || number < rollout.ring;
    const now = rollout.state === 'running' && number === rollout.ring;
    const broken = rollout.state === 'stopped' && number === rollout.ring;
    const kind = broken ? 'bad' : over ? 'good' : now ? 'info' : 'off';
    const text = broken ? t('rollout.ring.stopped') : over ? t('rollout.ring.over')
        : now ? t('rollout.ring.now', {back: rollout.ring_back, phones: rollout.ring_phones}) : t('rollout.ring.later');
    return html`
        <li class=${kind} aria-current=${now ? 'step' : null}>
            <b>${t('rollout.ring', {number})}</b>
            <span class="faint">${t(rollout.rings === 3 ? `rollout.ring.who.${number}` : 'rollout.ring.who.all')}</span>
            <${Mark} kind=${kind} text=${text} />
        </li>`;
}

const QUESTIONS = {
    next: {title: 'rollout.next', text: 'rollout.next.text'},
    finish: {title: 'rollout.finish', text: 'rollout.finish.text'},
    back: {title: 'rollout.back', text: 'rollout.back.text', danger: true},
};

function Buttons({onChange}) {
    const {busy, act} = useAct();
    const press = async action => {
        const question = QUESTIONS[action];
        const given = await ask({
            title: t(question.title), text: t(question.text), action: t(question.title), danger: question.danger,
            fields: [{name: 'reason', label: t('part.reason'), why: t('part.reason.why')}],
        });
        if (given)
            act(() => send('POST', '/rollout', {action, ...(given.reason && {reason: given.reason})}), t(`rollout.${action}.done`)).then(onChange);
    };
    return html`<div class="actions">
        <button type="button" class="primary" disabled=${busy} onClick=${() => press('next')}>${t('rollout.next')}</button>
        <button type="button" disabled=${busy} onClick=${() => press('finish')}>${t('rollout.finish')}</button>
        <button type="button" class="danger" disabled=${busy} onClick=${() => press('back')}>${t('rollout.back')}</button></div>`;
}

function Failed({phones}) {
    return phones.length > 0 && html`
        <h3>${tn('rollout.failed', phones.length)}</h3>
        <ul class="plain-list">${phones.map(phone => html`
            <li key=${phone.mac}><a href=${href(`/phones/${phone.mac}`)}>${phone.name || mac(phone.mac)}</a> <span class="faint">${phone.name && mac(phone.mac)}</span>
                <p><${Said} text=${phone.reason} /></p></li>`)}</ul>`;
}

/** See above. */
export function RolloutView({rollout, onChange}) {
    const ends = rollout.state === 'running' && rollout.ring_ends_at;
    return html`
        <p><${Mark} kind=${KINDS[rollout.state] ?? 'off'} text=${t(`rollout.state.${rollout.state}`)} /></p>
        <${Progress} label=${html`<a href=${href(`/revisions/${rollout.revision}`)}>${t('rollout.revision', {revision: rollout.revision})}</a>`}
            part=${rollout.done} whole=${rollout.total} text=${progressText(rollout)} />
        ${rollout.rings > 0 && html`<ol class="rings" aria-label=${t('rollout.rings')}>${Array.from({length: rollout.rings}, (_, i) => html`
            <${Ring} key=${i} number=${i + 1} rollout=${rollout} />`)}</ol>`}
        ${rollout.reason && html`<${Notice} kind=${rollout.state === 'stopped' ? 'bad' : 'info'}><p><${Said} text=${rollout.reason} /></p></${Notice}>`}
        <${Facts} rows=${[
            [t('rollout.started'), rollout.started_at && ago(rollout.started_at)],
            [t('rollout.ring-ends'), ends && ago(ends)],
            [t('rollout.waiting'), rollout.waiting > 0 && tn('rollout.waiting.phones', rollout.waiting)],
        ].map(([name, value]) => [name, value || null])} />
        <${Failed} phones=${rollout.failed} />
        ${rollout.state === 'running' && may('admin') && html`<${Buttons} onChange=${onChange} />`}`;
}
