/*
 * phone/secrets: the phone's passwords and PINs, shown one at a time and for a minute; each look is in the audit log.
 */
import {html, useEffect, useState} from '/html.js';
import {t, word} from '/i18n.js';
import {may} from '/session.js';
import {send} from '/api.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {Icon} from '/ui/icon.js';
import {Ago, Empty, Failed, Loading} from '/ui/words.js';

const SHOWN_MS = 60000;

/** See above. */
export function Secrets({mac}) {
    const secrets = useResource(`/phones/${mac}/secrets`, {on: ['phone', 'settings'], key: mac});
    const [open, setOpen] = useState(null);
    useEffect(() => {
        if (!open)
            return undefined;
        const timer = setTimeout(() => setOpen(null), SHOWN_MS);
        return () => clearTimeout(timer);
    }, [open]);
    const reveal = async name => {
        const given = await ask({title: t('phone.reveal.title', {name: word('secret', name)}), text: t('phone.reveal.text'), action: t('phone.reveal'), fields: [{name: 'reason', label: t('phone.reason'), why: t('phone.reason.why')}]});
        if (!given)
            return;
        try {
            const {body} = await send('POST', `/phones/${mac}/secrets/${name}/reveal`, {reason: given.reason});
            setOpen({name, ...body});
        } catch (error) {
            toast(error);
        }
    };
    const rotate = async names => {
        const given = await ask({title: t('phone.rotate.title'), text: t('phone.rotate.text'), action: t('phone.rotate'), fields: [{name: 'reason', label: t('phone.reason'), why: t('phone.reason.why')}]});
        if (given)
            await send('POST', `/phones/${mac}/rotate`, {...(names ? {names} : {}), reason: given.reason}).then(() => toast(t('phone.rotated')), toast);
        secrets.reload();
    };
    if (!secrets.data)
        return secrets.error ? html`<${Failed} error=${secrets.error} retry=${secrets.reload} />` : html`<${Loading} />`;
    const list = secrets.data.secrets;
    return html`
        <section class="card stack">
            <header><p class="hint">${t('phone.secrets.text')}</p>${may('admin') && list.length > 0 && html`<button onClick=${() => rotate(null)}><${Icon} name="refresh" /> ${t('phone.rotate.all')}</button>`}</header>
            ${!list.length ? html`<${Empty} icon="key" title=${t('phone.secrets.none')} />` : html`
                <div class="scroll"><table class="secrets"><thead><tr><th scope="col">${t('phone.secrets.name')}</th><th scope="col">${t('phone.secrets.made')}</th><th scope="col">${t('phone.secrets.value')}</th></tr></thead>
                    <tbody>${list.map(one => html`<tr key=${one.name}>
                        <th scope="row">${word('secret', one.name)}</th>
                        <td><${Ago} at=${one.made_at} />${one.former && html`<br /><small class="faint">${t('phone.secrets.former')}</small>`}</td>
                        <td>${open?.name === one.name
                            ? html`<div class="row" role="status"><code class="secret-text" translate="no">${open.value}</code><button class="small" onClick=${() => navigator.clipboard.writeText(open.value).then(() => toast(t('phone.copied')), toast)}><${Icon} name="copy" label=${t('phone.copy')} /></button>
                                <button class="small" onClick=${() => setOpen(null)}>${t('phone.hide')}</button></div>${open.former && html`<small>${t('phone.secrets.before')} <code class="secret-text" translate="no">${open.former}</code></small>`}`
                            : may('admin') ? html`<button class="small" onClick=${() => reveal(one.name)}><${Icon} name="eye" /> ${t('phone.reveal')}</button>` : '••••••'}</td></tr>`)}</tbody></table></div>`}
        </section>`;
}
