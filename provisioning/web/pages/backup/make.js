/*
 * make: a backup now, for this computer's disk, or as the schedule says.
 */
import {html, useState} from '/html.js';
import {send} from '/api.js';
import {t, word} from '/i18n.js';
import {bytes, dateTime} from '/format.js';
import {may} from '/session.js';
import {Icon} from '/ui/icon.js';
import {Progress} from '/ui/meter.js';
import {toast} from '/ui/toast.js';
import {useForm, Form, ChoiceField} from '/ui/form.js';
import {Ago, Mark, Said} from '/ui/words.js';
import {Facts, Notice, Panel} from '/ui/panel.js';
import {useAct} from '/ui/act.js';
import {NewPassphrase, wrongPassphrase} from '/pages/backup/passphrase.js';
import {isBusy, newest} from '/pages/backup/state.js';

const OLD_S = 8 * 86400;

/** Something goes on. */
export function Going({state}) {
    return html`
        <${Panel} title=${word('backup.step', state.step)}>
            <div role="status">
                <${Progress} label=${word('backup.step', state.step)} part=${state.percent > 0 ? state.percent : null} whole=${100} />
                ${state.text && html`<p><${Said} text=${state.text} /></p>`}
            </div>
        </${Panel}>`;
}

/* What was made waits for being fetched. The browser saves it as it comes: a backup may be larger than its memory. */
function Ready({made, onDone}) {
    return html`
        <${Notice} kind="good">
            <p><b>${t('backup.made')}</b></p>
            <${Facts} rows=${[[t('backup.name'), html`<code class="long">${made.name}</code>`], [t('backup.size'), bytes(made.size)], ['SHA-256', html`<code class="print">${made.sha256}</code>`]]} />
            <div class="actions"><a class="button primary" href=${`/api/v1/backup/${encodeURIComponent(made.backup)}`} download=${made.name}><${Icon} name="download" />${t('backup.save')}</a>
                <button type="button" onClick=${onDone}>${t('core.close')}</button></div>
            <p class="hint">${t('backup.made.why')}</p>
        </${Notice}>`;
}

function Download({schedule, blocked, onBegin, onEnd}) {
    const [made, setMade] = useState(null);
    const [base] = useState({which: schedule.has_passphrase ? 'scheduled' : 'own', passphrase: '', again: ''});
    const form = useForm({
        base, keep: true,
        save: async (changed, {values}) => {
            onBegin();
            try {
                return await send('POST', '/backup', values.which === 'own' ? {passphrase: values.passphrase} : {});
            } finally {
                onEnd();
            }
        },
        onSaved: ({body}) => {
            setMade(body);
            toast(t('backup.made'));
        },
    });
    const guarded = {...form, submit: async () => {
        const wrong = form.values.which === 'own' && wrongPassphrase(form.values);
        return wrong ? form.failAt(wrong.field, wrong.message) : form.submit();
    }};
    if (made)
        return html`<${Ready} made=${made} onDone=${() => setMade(null)} />`;
    return html`
        <${Form} form=${guarded}>
            ${schedule.has_passphrase && html`<${ChoiceField} form=${form} name="which" label=${t('backup.which')} options=${[
                ['scheduled', t('backup.which.scheduled'), t('backup.which.scheduled.why')], ['own', t('backup.which.own'), t('backup.which.own.why')]]} />`}
            ${form.values.which === 'own' && html`<${NewPassphrase} form=${form} label=${t('backup.passphrase')} why=${t('backup.passphrase.why')} />`}
            <div class="actions"><button class="primary" disabled=${form.busy || blocked} aria-busy=${String(form.busy)}><${Icon} name="download" />${t('backup.make')}</button></div>
        </${Form}>`;
}

/** The panel: how old the newest is, and a new one. hurry(bool): something is being made. */
export function Make({state, hurry, reload}) {
    const {busy, act} = useAct();
    const last = newest(state);
    const {schedule} = state;
    const old = last && Date.now() / 1000 - last.at > OLD_S;
    const run = async () => {
        await act(() => send('POST', '/backup/run', {}), t('backup.run.done'));
        reload();
    };
    const end = () => {
        hurry(false);
        reload();
    };
    return html`
        <${Panel} title=${t('backup.now')} hint=${t('backup.now.why')}
            actions=${may('admin') && schedule.to !== 'off' && html`<button type="button" disabled=${busy || isBusy(state)} onClick=${run}><${Icon} name="refresh" />${t('backup.run')}</button>`}>
            <p>${last ? html`<${Mark} kind=${old ? 'warn' : 'good'} text=${t('backup.newest')} /> <${Ago} at=${last.at} /> <span class="faint">(${dateTime(last.at)}, ${word('backup.place', last.place)})</span>`
                : html`<${Mark} kind="warn" text=${t('backup.never')} />`}</p>
            ${may('owner') ? html`<${Download} schedule=${schedule} blocked=${isBusy(state)} onBegin=${() => hurry(true)} onEnd=${end} />`
                : html`<p class="hint">${t('backup.owner')}</p>`}
        </${Panel}>`;
}
