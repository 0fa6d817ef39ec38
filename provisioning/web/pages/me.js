/*
 * me: one's own password, recovery codes and sessions.
 */
import {html, useState} from '/html.js';
import {saveFile, send} from '/api.js';
import {t} from '/i18n.js';
import {ago, dateTime} from '/format.js';
import {session} from '/session.js';
import {useResource} from '/resource.js';
import {ask, openDialog, Dialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Mark} from '/ui/words.js';
import {Facts, Panel, Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {useForm, Form, TextField, Actions} from '/ui/form.js';
import {useAct} from '/ui/act.js';

const LEAST = 12;

function Password() {
    const [base] = useState({password: '', again: ''});
    const form = useForm({
        base,
        save: (changed, {values}) => send('PUT', '/session/password', {password: values.password}),
        onSaved: () => toast(t('me.password.done')),
    });
    const guarded = {
        ...form,
        submit() {
            if ([...(form.values.password ?? '')].length < LEAST)
                return form.failAt('password', t('me.password.short', {n: LEAST}));
            if (form.values.password !== form.values.again)
                return form.failAt('again', t('me.password.differ'));
            return form.submit();
        },
    };
    return html`
        <${Form} form=${guarded}>
            <input type="text" class="spoken" autocomplete="username" value=${session.value.name} tabindex="-1" aria-hidden="true" readOnly />
            <${TextField} form=${guarded} name="password" type="password" autocomplete="new-password" maxlength="256" label=${t('me.password.new')} why=${t('me.password.why', {n: LEAST})} />
            <${TextField} form=${guarded} name="again" type="password" autocomplete="new-password" maxlength="256" label=${t('me.password.again')} />
            <${Actions} form=${guarded} label=${t('me.password.set')} />
        </${Form}>`;
}

function Codes({codes, close}) {
    const save = () => saveFile('provost-recovery-codes.txt', new Blob([`${codes.join('\n')}\n`], {type: 'text/plain'}));
    return html`
        <${Dialog} title=${t('me.codes')} onClose=${() => close(true)}>
            <div class="dialog-body"><p>${t('me.codes.text')}</p>
                <ul class="codes">${codes.map(one => html`<li key=${one}><code>${one}</code></li>`)}</ul>
                <p class="hint">${t('part.once')}</p></div>
            <footer><button type="button" onClick=${save}><${Icon} name="download" />${t('me.codes.save')}</button>
                <button type="button" class="primary" onClick=${() => close(true)}>${t('part.noted')}</button></footer>
        </${Dialog}>`;
}

function Recovery() {
    const {busy, act} = useAct();
    const make = async () => {
        const yes = await ask({title: t('me.codes.new'), text: t('me.codes.new.text'), action: t('me.codes.new')});
        const answer = yes && await act(() => send('POST', '/session/recovery-codes', {}));
        if (answer)
            openDialog(close => html`<${Codes} codes=${answer.body.recovery_codes} close=${close} />`);
    };
    return html`
        <${Panel} title=${t('me.codes')} hint=${t('me.codes.why')}>
            <p><button type="button" disabled=${busy} onClick=${make}><${Icon} name="key" />${t('me.codes.new')}</button></p>
        </${Panel}>`;
}

async function end(one, act, reload) {
    if (await act(() => send('DELETE', `/session/list/${encodeURIComponent(one.id)}`), t('me.ended')))
        reload();
}

function Sessions() {
    const list = useResource('/session/list', {every: 60});
    const {busy, act} = useAct();
    return html`
        <${Panel} title=${t('me.sessions')} hint=${t('me.sessions.why')}>
            <${Loaded} of=${list} show=${data => html`<${Listing} caption=${t('me.sessions')} rows=${data.sessions} id=${one => one.id} columns=${[
                {name: t('me.from'), head: true, cell: one => html`<code>${one.from}</code>`},
                {name: t('me.here'), cell: one => one.here ? html`<${Mark} kind="good" text=${t('me.this')} />` : t('me.other')},
                {name: t('me.since'), cell: one => ago(one.since)},
                {name: t('me.seen'), cell: one => ago(one.seen)},
                {name: t('me.until'), cell: one => dateTime(one.ends_at)},
                {name: t('part.do'), tight: true, cell: one => !one.here && html`<button type="button" class="small" disabled=${busy} onClick=${() => end(one, act, list.reload)}>${t('me.end')}<span class="spoken"> ${one.from}</span></button>`},
            ]} />`} />
        </${Panel}>`;
}

/** The page. */
export default function Me() {
    const who = session.value;
    return html`
        <${Heading} title=${t('nav.me')} sub=${t('me.lead')} />
        <${Panel} title=${who.name}>
            <${Facts} rows=${[[t('users.role'), t(`role.${who.role}`)], [t('me.role.may'), t(`users.role.${who.role}`)], [t('me.until'), dateTime(who.ends_at)]]} />
        </${Panel}>
        <${Panel} title=${t('me.password')} hint=${t('me.password.ends')}><${Password} /></${Panel}>
        <${Recovery} />
        <${Sessions} />`;
}
