/*
 * sign_in: name, password and the code of the authenticator, in one step. A recovery code does in place of the code.
 */
import {html, useEffect, useState} from '/html.js';
import {t, rich} from '/i18n.js';
import {signIn} from '/session.js';
import {Form, useForm, TextField, Actions} from '/ui/form.js';

/** The page. */
export default function SignIn() {
    const [recovery, setRecovery] = useState(false);
    const form = useForm({
        base: {name: '', password: '', code: ''}, keep: true,
        save: (_, {values}) => signIn(values.name.trim(), values.password, values.code.trim()),
    });
    useEffect(() => {
        document.title = `${t('door.sign-in')} · Provost`;
        document.querySelector('input[name="name"]')?.focus();
    }, []);
    return html`
        <div class="card stack">
            <h1>${t('door.sign-in')}</h1>
            <${Form} form=${form}>
                <${TextField} form=${form} name="name" label=${t('door.name')} autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="64" required />
                <${TextField} form=${form} name="password" type="password" label=${t('door.password')} autocomplete="current-password" maxlength="256" required />
                ${recovery
                    ? html`<${TextField} key="recovery" form=${form} name="code" label=${t('door.recovery')} why=${t('door.recovery.why')} autocomplete="off" spellcheck=${false} maxlength="40" required />`
                    : html`<${TextField} key="code" form=${form} name="code" label=${t('door.code')} why=${t('door.code.why')} autocomplete="one-time-code" inputmode="numeric" maxlength="40" required />`}
                <${Actions} form=${form} always label=${t('door.sign-in')} />
            </${Form}>
            <p><button type="button" class="plain small" onClick=${() => setRecovery(!recovery)}>${recovery ? t('door.use-code') : t('door.use-recovery')}</button></p>
            <p class="hint">${rich('door.help', {link: html`<a href="#/invitation">${t('door.invited')}</a>`})}</p>
        </div>`;
}
