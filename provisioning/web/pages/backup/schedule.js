/*
 * schedule: where a backup goes each day by itself.
 */
import {html} from '/html.js';
import {send} from '/api.js';
import {t, word} from '/i18n.js';
import {dateTime} from '/format.js';
import {may} from '/session.js';
import {toast} from '/ui/toast.js';
import {useForm, Form, TextField, NumberField, ChoiceField, Actions} from '/ui/form.js';
import {Mark} from '/ui/words.js';
import {Facts, Panel} from '/ui/panel.js';
import {NewPassphrase, wrongPassphrase} from '/pages/backup/passphrase.js';

const SECRETS = ['passphrase', 'password'];

function pick(schedule) {
    return {to: schedule.to, url: schedule.url, user: schedule.user, at: schedule.at, keep: schedule.keep, passphrase: '', again: '', password: ''};
}

/* What differs, and secrets only when they were typed. */
function sent(changed) {
    return Object.fromEntries(Object.entries(changed).filter(([name, value]) => name !== 'again' && (!SECRETS.includes(name) || value)));
}

function Change({schedule, onSaved}) {
    const form = useForm({
        base: pick(schedule), save: changed => send('PUT', '/backup/schedule', sent(changed)),
        onSaved: ({body}) => {
            toast(t('backup.schedule.saved'));
            onSaved(body);
        },
    });
    const v = form.values;
    const guarded = {...form, submit: async () => {
        const wrong = (v.passphrase || v.again || v.to !== 'off' && !schedule.has_passphrase) && wrongPassphrase(v);
        return wrong ? form.failAt(wrong.field, wrong.message) : form.submit();
    }};
    return html`
        <${Form} form=${guarded}>
            <${ChoiceField} form=${form} name="to" label=${t('backup.to')} options=${['off', 'stick', 'share'].map(to => [to, t(`backup.to.${to}`), t(`backup.to.${to}.why`)])} />
            ${v.to === 'share' && html`
                <${TextField} form=${form} name="url" type="url" label=${t('backup.url')} why=${t('backup.url.why')} placeholder="https://nas.example/backups/" maxlength="512" spellcheck=${false} autocomplete="off" />
                <div class="columns">
                    <${TextField} form=${form} name="user" label=${t('backup.user')} maxlength="128" spellcheck=${false} autocomplete="off" optional />
                    <${TextField} form=${form} name="password" type="password" label=${t('backup.password')} why=${schedule.has_password ? t('backup.kept') : null} maxlength="256" autocomplete="new-password" optional />
                </div>`}
            ${v.to !== 'off' && html`
                <div class="columns">
                    <${TextField} form=${form} name="at" inputmode="numeric" pattern="[0-2][0-9]:[0-5][0-9]" maxlength="5" placeholder="03:30" autocomplete="off" label=${t('backup.at')} why=${t('backup.at.why')} />
                    <${NumberField} form=${form} name="keep" label=${t('backup.keep')} why=${t('backup.keep.why')} min="1" max="365" />
                </div>
                <${NewPassphrase} form=${form} label=${t('backup.passphrase')} why=${schedule.has_passphrase ? t('backup.kept') : t('backup.passphrase.why')} optional=${schedule.has_passphrase} />`}
            <${Actions} form=${guarded} />
        </${Form}>`;
}

/** The panel. */
export function Schedule({state, set}) {
    const {schedule} = state;
    const off = schedule.to === 'off';
    return html`
        <${Panel} title=${t('backup.schedule')} hint=${t('backup.schedule.why')}>
            <${Facts} rows=${[
                [t('backup.to'), html`<${Mark} kind=${off ? 'warn' : 'good'} text=${word('backup.to', schedule.to)} />`],
                !off && [t('backup.next'), schedule.next_at && dateTime(schedule.next_at)],
                [t('backup.passphrase'), t(schedule.has_passphrase ? 'backup.set' : 'backup.not-set')],
                ...(may('owner') || off ? [] : [[t('backup.url'), schedule.url], [t('backup.at'), schedule.at], [t('backup.keep'), schedule.keep]]),
            ]} />
            ${may('owner') && html`<${Change} schedule=${schedule} onSaved=${set} />`}
        </${Panel}>`;
}
