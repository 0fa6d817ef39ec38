/*
 * now: what goes on with an update: its progress, a bundle that was checked, one that is written, a trial with the phones that came back, and
 * what became of the last one.
 */
import {html, useState, useEffect} from '/html.js';
import {send} from '/api.js';
import {t, tn, word} from '/i18n.js';
import {ago, bytes, date, duration, now, number} from '/format.js';
import {may} from '/session.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {waitForReturn} from '/ui/away.js';
import {Meter, Progress} from '/ui/meter.js';
import {Ago, Mark, Said} from '/ui/words.js';
import {Facts, Notice, Panel} from '/ui/panel.js';
import {useAct} from '/ui/act.js';

const KINDS = {committed: 'good', 'fell-back': 'bad', 'went-back': 'info', refused: 'warn', interrupted: 'warn'};

/** good | warn | bad | info: how an update ended. */
export function outcomeKind(result) {
    return KINDS[result] ?? 'info';
}

/** "0.6.14 is in use", "0.6.14 was left: back to 0.6.13": an outcome in a few words. */
export function outcomeWords(one) {
    if (one.result === 'refused' && !one.to)
        return t('update.result.file');
    return one.result in KINDS ? t(`update.result.${one.result}`, {from: one.from || '–', to: one.to || '–'}) : one.result;
}

/** What a restart means for phones: said before somebody presses. */
export function phonesLines(overview) {
    const n = overview?.data?.tunnels?.up;
    return [n === undefined ? t('update.phones.unknown') : n ? tn('update.phones', n) : t('update.phones.none'), t('update.phones.untouched')];
}

/* How long a trial has, and how many phones it wants: the site's values. */
function ruleLine(rules, version, overview) {
    if (overview?.data?.tunnels?.up === 0)
        return t('update.rule.alone', {version});
    const share = Number(rules?.update_share);
    const wait = Number(rules?.update_wait);
    return share && wait ? t('update.rule', {share, wait: duration(wait), version}) : t('update.rule.short', {version});
}

/* Each second anew. */
function useSeconds() {
    const [, beat] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => beat(one => one + 1), 1000);
        return () => clearInterval(timer);
    }, []);
}

/** A version runs for the first time: who came back, and how long it has. */
export function Trial({trial, version}) {
    useSeconds();
    const left = Math.max(0, trial.until - now());
    const of = t('update.trial.of', {back: trial.back, before: trial.before, needed: trial.needed});
    return html`
        <${Panel} title=${t('update.trial', {version: trial.version})} className="trial-card">
            ${trial.before ? html`
                <p class="big-time" role="status">${of}</p>
                <${Meter} label=${t('update.trial.phones')} part=${trial.back} whole=${trial.before} mark=${trial.needed} kind=${trial.back >= trial.needed ? 'good' : 'warn'} text=${of} />`
                : html`<p>${t('update.trial.no-phones')}</p>`}
            <${Facts} rows=${[
                [t('update.trial.left'), left ? duration(left) : t('update.trial.judging')],
                [t('update.trial.since'), html`<${Ago} at=${trial.since} />`],
            ]} />
            <p class="hint">${t('update.trial.why', {version: version || '–'})} ${trial.before > trial.back && html`<a href="#/tunnels">${t('update.trial.tunnels')}</a>`}</p>
        </${Panel}>`;
}

/** How far a step is. */
export function Step({state}) {
    return html`
        <${Panel} title=${word('update.step', state.step)}>
            <div role="status">
                <${Progress} label=${word('update.step', state.step)} part=${state.percent > 0 ? state.percent : null} whole=${100} />
                ${state.text && html`<p><${Said} text=${state.text} /></p>`}
            </div>
        </${Panel}>`;
}

function BundleFacts({bundle}) {
    return html`
        <${Facts} rows=${[
            [t('update.version'), html`<b>${bundle.version}</b>`],
            [t('update.architecture'), bundle.architecture],
            [t('update.made'), date(bundle.made_at)],
            [t('update.ends'), bundle.ends_at ? `${date(bundle.ends_at)} (${ago(bundle.ends_at)})` : null],
            [t('update.size'), bytes(bundle.size)],
        ]} />
        ${bundle.notes && html`<h3>${t('update.notes')}</h3><p class="notes" lang="en">${bundle.notes}</p>`}`;
}

async function install(bundle, state, restart, overview, rules) {
    const text = restart ? [...phonesLines(overview), ruleLine(rules, state.version, overview), t('update.away.page')] : [t('update.write.text')];
    const title = t(restart ? 'update.install.title' : 'update.write.title', {version: bundle.version});
    return await ask({title, text, action: t(restart ? 'update.install' : 'update.write'), danger: restart})
        && send('POST', '/update/install', {restart});
}

/** A bundle that was checked (idle) or is written (waiting). */
export function Bundle({state, overview, rules, reload}) {
    const {busy, act} = useAct();
    const {bundle} = state;
    const written = state.step === 'waiting';
    const run = async (fn, done) => {
        await act(fn, done);
        reload();
    };
    const restart = async () => {
        const text = [...phonesLines(overview), ruleLine(rules, state.version, overview), t('update.away.page')];
        if (await ask({title: t('update.restart.title', {version: bundle.version}), text, action: t('update.restart'), danger: true})
            && await act(() => send('POST', '/update/restart', {})))
            waitForReturn(t('update.away'));
    };
    const forget = async () => {
        if (await ask({title: t('update.discard.title', {version: bundle.version}), text: t('update.discard.text'), action: t('update.discard'), danger: true}))
            await run(() => send('POST', '/update/discard', {}), t('update.discarded'));
    };
    return html`
        <${Panel} title=${t(written ? 'update.written' : 'update.checked', {version: bundle.version})}>
            <p><${Mark} kind="good" text=${t(written ? 'update.written.text' : 'update.checked.text')} /></p>
            <${BundleFacts} bundle=${bundle} />
            ${!state.supported && html`<${Notice}><p>${t('update.not-here')} <${Said} text=${state.reason} /></p></${Notice}>`}
            ${may('admin') && html`<div class="actions">
                ${state.supported && (written
                    ? html`<button type="button" class="primary" disabled=${busy} onClick=${restart}><${Icon} name="refresh" />${t('update.restart')}</button>`
                    : html`<button type="button" class="primary" disabled=${busy} onClick=${() => run(() => install(bundle, state, true, overview, rules))}><${Icon} name="refresh" />${t('update.install')}</button>
                        <button type="button" disabled=${busy} onClick=${() => run(() => install(bundle, state, false, overview, rules))}>${t('update.write')}</button>`)}
                <button type="button" class="plain" disabled=${busy} onClick=${forget}><${Icon} name="trash" />${t('update.discard')}</button>
            </div>`}
        </${Panel}>`;
}

/** What became of the last one. */
export function Last({one}) {
    return html`
        <${Notice} kind=${outcomeKind(one.result)}>
            <p><b>${outcomeWords(one)}</b> <${Ago} at=${one.at} /></p>
            ${one.text && html`<p><${Said} text=${one.text} /></p>`}
        </${Notice}>`;
}

/** How far the phones are, in one line: for the overview. */
export function trialLine(trial) {
    return trial.before ? t('update.trial.of', {back: number(trial.back), before: number(trial.before), needed: number(trial.needed)}) : '';
}
