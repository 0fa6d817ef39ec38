/*
 * joining: a person's first sign-in, with a code that was given: authenticator, password, recovery codes. Used by the first steps (the
 * console's setup code) and by invitations.
 *
 *   html`<${Joining} first=${true} onDone=${who => …} />`     first: the first owner, with the console's setup code
 */
import {html, useState, useEffect, useRef} from '/html.js';
import {t} from '/i18n.js';
import {send, saveFile} from '/api.js';
import {Form, useForm, TextField, Actions} from '/ui/form.js';
import {Qr} from '/ui/qr.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';

/** See above. onStep(n): 0 the code, 1 authenticator and password, 2 recovery codes. */
export function Joining({first, onDone, onStep}) {
    const [begun, setBegun] = useState(null);
    const [who, setWho] = useState(null);
    const at = who ? 2 : begun ? 1 : 0;
    useEffect(() => onStep?.(at), [at]);
    return who ? html`<${Codes} who=${who} onDone=${() => onDone(who)} />`
        : begun ? html`<${Choose} begun=${begun} onDone=${setWho} onBack=${() => setBegun(null)} />`
        : html`<${Code} first=${first} onDone=${setBegun} />`;
}

function useTop(title) {
    const ref = useRef(null);
    useEffect(() => {
        document.title = `${title} · Provost`;
        ref.current.focus();
    }, []);
    return ref;
}

function Code({first, onDone}) {
    const form = useForm({
        base: {name: '', code: ''}, keep: true,
        save: (_, {values}) => send('POST', '/invitation/begin', {name: values.name.trim().toLowerCase(), code: values.code.trim()}, {quiet: true}),
        onSaved: answer => onDone({...answer.body, name: form.values.name.trim().toLowerCase()}),
    });
    const title = useTop(t(first ? 'join.first' : 'join.invited'));
    return html`
        <div class="card stack">
            <h1 ref=${title} tabindex="-1">${t(first ? 'join.first' : 'join.invited')}</h1>
            <p>${t(first ? 'join.first.text' : 'join.invited.text')}</p>
            <${Form} form=${form}>
                <${TextField} form=${form} name="code" label=${t(first ? 'join.setup-code' : 'join.code')} why=${t(first ? 'join.setup-code.why' : 'join.code.why')} class="mono" autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="40" placeholder=${first ? 'XXXXX-XXXXX' : null} required />
                <${TextField} form=${form} name="name" label=${t('join.name')} why=${t('join.name.why')} autocomplete="username" autocapitalize="none" spellcheck=${false} maxlength="64" required />
                <${Actions} form=${form} always label=${t('join.next')} />
            </${Form}>
        </div>`;
}

function Choose({begun, onDone, onBack}) {
    const [again, setAgain] = useState('');
    const form = useForm({
        base: {code: '', password: ''},
        save: async (_, {values}) => {
            if (values.password !== again)
                throw Object.assign(new Error(t('join.differ')), {local: true});
            return send('POST', '/invitation/finish', {pending: begun.pending, password: values.password, code: values.code.trim()}, {quiet: true});
        },
        onSaved: answer => onDone(answer.body),
    });
    const [differ, setDiffer] = useState(false);
    const title = useTop(t('join.choose'));
    const submit = async event => {
        event.preventDefault();
        setDiffer(form.values.password !== again);
        if (form.values.password === again)
            await form.submit();
    };
    return html`
        <div class="card stack">
            <h1 ref=${title} tabindex="-1">${t('join.choose')}</h1>
            <div class="join-code">
                <${Qr} rows=${begun.qr} label=${t('join.qr')} />
                <div class="stack"><p>${t('join.qr.text')}</p>
                    <details><summary>${t('join.by-hand')}</summary><p><code class="secret-text">${begun.totp_secret.match(/.{1,4}/g).join(' ')}</code></p></details></div>
            </div>
            <form class="form" onSubmit=${submit} noValidate>
                <${TextField} form=${form} name="code" label=${t('join.totp')} why=${t('join.totp.why')} autocomplete="one-time-code" inputmode="numeric" maxlength="6" required />
                <input type="hidden" autocomplete="username" value=${begun.name} />
                <${TextField} form=${form} name="password" type="password" label=${t('join.password')} why=${t('join.password.why')} autocomplete="new-password" maxlength="256" required />
                <div class=${differ ? 'field wrong' : 'field'}><label for="again">${t('join.again')}</label>
                    <input id="again" name="again" type="password" autocomplete="new-password" maxlength="256" value=${again} aria-invalid=${differ ? 'true' : null} aria-describedby=${differ ? 'again-error' : null}
                        onInput=${event => {
                            setAgain(event.target.value);
                            setDiffer(false);
                        }} />
                    ${differ && html`<p class="error" id="again-error"><${Icon} name="warning" /> ${t('join.differ')}</p>`}</div>
                ${form.message && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${form.message}</p></div>`}
                <div class="actions"><button class="primary" disabled=${form.busy} aria-busy=${form.busy}>${t('join.finish')}</button>
                    <button type="button" onClick=${onBack}>${t('join.back')}</button></div>
            </form>
        </div>`;
}

/** The ten recovery codes; they are shown this once. */
export function RecoveryCodes({codes}) {
    const text = codes.join('\n');
    const copy = () => navigator.clipboard.writeText(text).then(() => toast(t('join.copied')), toast);
    return html`
        <ul class="codes mono">${codes.map(code => html`<li key=${code}>${code}</li>`)}</ul>
        <div class="actions"><button type="button" onClick=${copy}><${Icon} name="copy" /> ${t('join.copy')}</button>
            <button type="button" onClick=${() => saveFile('provost-recovery-codes.txt', new Blob([`${text}\n`], {type: 'text/plain'}))}><${Icon} name="download" /> ${t('join.save')}</button></div>`;
}

function Codes({who, onDone}) {
    const [kept, setKept] = useState(false);
    const title = useTop(t('join.codes'));
    return html`
        <div class="card stack">
            <h1 ref=${title} tabindex="-1">${t('join.codes')}</h1>
            <p>${t('join.codes.text')}</p>
            <${RecoveryCodes} codes=${who.recovery_codes} />
            <div class="field check"><label><input type="checkbox" name="kept" checked=${kept} onChange=${event => setKept(event.target.checked)} /> ${t('join.kept')}</label></div>
            <div class="actions"><button type="button" class="primary" disabled=${!kept} onClick=${onDone}>${t('join.go-on')}</button></div>
        </div>`;
}
